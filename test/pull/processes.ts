/** Pulls in processes of their own, for tests that kill them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Sandbox } from '../../src/sandbox/index.ts';

const program = fileURLToPath(new URL('pull-process.ts', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

export function startPull(file: string, { url, token }: Sandbox): Running {
  const child = spawn(process.execPath, [program, file, url, token], { stdio: ['ignore', 'pipe', 'pipe'] });
  const text = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (part: string) => {
      text[name] += part;
    });
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code) => resolve({ code, ...text }));
  });
  return { child, ended };
}

/** Resolves once that holds, or the process has ended. */
export async function until({ child }: Running, holds: () => boolean): Promise<void> {
  while (!holds() && child.exitCode === null && child.signalCode === null)
    await new Promise((resolve) => setImmediate(resolve));
}
