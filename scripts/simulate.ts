/** Runs as many seeds of the simulation as asked, and prints what they met, what they found, and how fast. */
import { parseArgs } from 'node:util';
import { noticedMutants } from '../test/simulation/mutation.ts';
import { scriptText, shrink } from '../test/simulation/shrink.ts';
import { type Outcome, scriptOf, simulate } from '../test/simulation/simulate.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string' },
    seed: { type: 'string' },
    trace: { type: 'boolean' },
    mutants: { type: 'boolean' },
    'until-wrong': { type: 'boolean' },
  },
});

interface Totals {
  seeds: number;
  readonly wrong: number[];
  readonly tally: Record<string, number>;
}

function add({ wrong, tally, script }: Outcome, totals: Totals): void {
  totals.seeds++;
  if (wrong !== null) totals.wrong.push(script.seed);
  for (const [name, times] of Object.entries(tally)) totals.tally[name] = (totals.tally[name] ?? 0) + times;
}

async function tell(outcome: Outcome): Promise<void> {
  if (values.trace) console.log(outcome.trace.join('\n'));
  if (outcome.wrong === null) return;
  console.log(`seed ${outcome.script.seed}: ${outcome.wrong}`);
  if (!values['until-wrong']) console.log(`shrunk: ${scriptText((await shrink(outcome)).script)}`);
}

function sum({ tally }: Totals, names: readonly string[]): number {
  return names.reduce((total, name) => total + (tally[name] ?? 0), 0);
}

const faults =
  'unsent lost delayed duplicated truncated garbled failedThoughDone unavailable limited storm interrupt clockJump permission';

async function run(first: number, count: number): Promise<Totals> {
  const totals: Totals = { seeds: 0, wrong: [], tally: {} };
  for (let seed = first; seed < first + count; seed++) {
    const outcome = await simulate(scriptOf(seed));
    add(outcome, totals);
    await tell(outcome);
    if (values['until-wrong'] && outcome.wrong !== null) break;
  }
  return totals;
}

function report({ seeds, wrong, ...rest }: Totals, seconds: number): void {
  const totals = { seeds, wrong, ...rest };
  const number = (value: number) => value.toLocaleString('en');
  console.log(
    `${number(seeds)} seeds in ${number(Math.round(seconds))} s: ${(seeds / seconds).toFixed(1)} a second`,
  );
  console.log(
    `${number(sum(totals, ['effects']))} effects, ${number(sum(totals, ['crash']))} crashes at one of them`,
  );
  console.log(`${number(sum(totals, faults.split(' ')))} faults on the way`);
  console.log(
    `${number(sum(totals, ['user', 'step: user']))} times the user's hand, ${number(sum(totals, ['colleague', 'step: colleague']))} times a colleague's`,
  );
  console.log(`${number(sum(totals, ['checks']))} times everything was checked`);
  console.log(wrong.length === 0 ? 'nothing was wrong' : `wrong: ${wrong.join(', ')}`);
  if (values.trace) console.log(totals.tally);
}

const first = Number(values.seed ?? 1);
const count = Number(values.seeds ?? (values.seed === undefined ? 1000 : 1));
if (values.mutants) {
  process.exitCode = (await noticedMutants(Number(values.seeds ?? 300), console.log)) ? 0 : 1;
} else {
  const started = performance.now();
  const totals = await run(first, count);
  report(totals, (performance.now() - started) / 1000);
  process.exitCode = totals.wrong.length === 0 ? 0 : 1;
}
