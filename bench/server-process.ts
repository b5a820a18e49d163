/** The sandbox in a process of its own, as a real API would be. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export interface Server {
  readonly url: string;
  readonly token: string;
  stop(): Promise<void>;
}

const program = new URL('server.ts', import.meta.url).pathname;

export async function startServer(account: { projects: number; experiments: number }): Promise<Server> {
  const child = spawn(process.execPath, [program, JSON.stringify(account)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  for await (const line of createInterface(child.stdout)) {
    const { url, token } = JSON.parse(line) as { url: string; token: string };
    const stop = (): Promise<void> => {
      child.kill();
      return ended;
    };
    return { url, token, stop };
  }
  throw new Error('the sandbox did not start');
}
