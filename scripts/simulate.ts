/** Runs as many seeds of the simulation as asked, and prints what they met, what they found, and how fast. */
import { parseArgs } from 'node:util';
import { scriptOf, simulate } from '../test/simulation/simulate.ts';

const { values } = parseArgs({ options: { seeds: { type: 'string' }, seed: { type: 'string' }, trace: { type: 'boolean' } } });
const first = Number(values.seed ?? 1);
const count = Number(values.seeds ?? (values.seed === undefined ? 1000 : 1));
const started = performance.now();
const failures: number[] = [];
const tally: Record<string, number> = {};
for (let seed = first; seed < first + count; seed++) {
  const outcome = await simulate(scriptOf(seed));
  for (const [name, times] of Object.entries(outcome.tally)) tally[name] = (tally[name] ?? 0) + times;
  if (values.trace) console.log(outcome.trace.join('\n'));
  if (outcome.wrong === null) continue;
  failures.push(seed);
  console.log(`seed ${seed}: ${outcome.wrong}`);
}
const seconds = (performance.now() - started) / 1000;
console.log(`${count} seeds in ${seconds.toFixed(1)} s, ${(count / seconds).toFixed(1)} a second, ${failures.length} failed`);
console.log(tally);
