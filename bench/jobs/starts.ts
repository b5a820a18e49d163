/** Whole processes, from start to end. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Place, Work } from './index.ts';

const program = fileURLToPath(new URL('../../bin/optimirror.js', import.meta.url));

export const status = ({ mirror, each }: Place): Work =>
  starts(each, [program, 'status'], { OPTIMIRROR_DB: mirror });

export const emptyProcess = ({ each }: Place): Work => starts(each, ['-e', '0'], {});

/** The first start of all, which may have to compile the program, is not measured. */
function starts(times: number, argv: readonly string[], environment: Record<string, string>): Work {
  const start = () =>
    execFileSync(process.execPath, argv, { env: { ...process.env, ...environment }, stdio: 'ignore' });
  start();
  return {
    run() {
      for (let time = 0; time < times; time++) start();
    },
    end() {},
  };
}
