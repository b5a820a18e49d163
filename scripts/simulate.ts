/** Runs as many seeds of the simulation as asked, and prints what they met, what they found, and how fast. */
import { parseArgs } from 'node:util';
import { noticedMutants } from '../test/simulation/mutation.ts';
import { calm } from '../test/simulation/rates.ts';
import { scriptText, shrink } from '../test/simulation/shrink.ts';
import { type Outcome, type Script, scriptOf, simulate } from '../test/simulation/simulate.ts';
import { Totals } from '../test/simulation/totals.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string' },
    seed: { type: 'string' },
    /** A shrunk script, as it was printed. */
    script: { type: 'string' },
    trace: { type: 'boolean' },
    mutants: { type: 'boolean' },
    'until-wrong': { type: 'boolean' },
  },
});

const first = Number(values.seed ?? 1);
const count = Number(values.seeds ?? (values.seed === undefined ? 1000 : 1));
/** Where so many seeds were wrong, the others will be too. */
const enough = 20;
/** So many milliseconds between two lines for those who wait. */
const patience = 10_000;

function given(text: string): Script {
  const { rates, ...script } = JSON.parse(text) as Script;
  return { ...script, rates: { ...calm, ...rates } };
}

function* scripts(): Generator<Script> {
  if (values.script !== undefined) yield given(values.script);
  else for (let seed = first; seed < first + count; seed++) yield scriptOf(seed);
}

async function tell(outcome: Outcome): Promise<void> {
  if (values.trace) console.log(outcome.trace.join('\n'));
  if (outcome.wrong === null) return;
  console.log(`seed ${outcome.script.seed}: ${outcome.wrong}`);
  if (values['until-wrong'] || values.script !== undefined) return;
  console.log(`shrunk: ${scriptText((await shrink(outcome)).script)}`);
}

async function run(): Promise<boolean> {
  const totals = new Totals();
  const started = performance.now();
  const seconds = () => (performance.now() - started) / 1000;
  let told = started;
  for (const script of scripts()) {
    const outcome = await simulate(script);
    totals.add(outcome);
    await tell(outcome);
    if (totals.wrong.length >= (values['until-wrong'] ? 1 : enough)) break;
    if (performance.now() - told < patience) continue;
    told = performance.now();
    console.error(totals.progress(seconds()));
  }
  console.log(totals.report(seconds()));
  return totals.wrong.length === 0;
}

const well = values.mutants ? await noticedMutants(Number(values.seeds ?? 400), console.log) : await run();
process.exitCode = well ? 0 : 1;
