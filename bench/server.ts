/** The process of the sandbox: prints where it is as one line of JSON, and ends when it is killed. */
import { startSandbox } from '../src/sandbox/index.ts';

const { projects, experiments } = JSON.parse(process.argv[2] ?? '{}') as {
  projects: number;
  experiments: number;
};
// The clock stands still, so that results do not grow between two pulls that are compared.
const now = Date.UTC(2016, 5, 10, 12);
const { url, token } = await startSandbox({
  projects,
  experimentsPerProject: experiments,
  now: () => now,
  logLimit: 0,
});
console.log(JSON.stringify({ url, token }));
