/** Cuts every crash scenario at every effect, and every recovery at every effect of its own; prints what was cut. */
import { parseArgs } from 'node:util';
import { type Explored, explore, type Wrong } from '../test/crashes/explore.ts';
import { scenarios } from '../test/crashes/table.ts';

const { values, positionals } = parseArgs({
  options: { once: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const [only = ''] = positionals;
const chosen = scenarios.filter(({ name }) => name.includes(only));

function show({ deaths, missing, instead }: Wrong): void {
  console.log(`  died at ${deaths.join(', then at ')}`);
  for (const line of missing) console.log(`    - ${line.slice(0, 400)}`);
  for (const line of instead) console.log(`    + ${line.slice(0, 400)}`);
}

const began = performance.now();
const seconds = (since: number) => `${((performance.now() - since) / 1000).toFixed(1)} s`;
const all: Explored[] = [];
for (const scenario of chosen) {
  const since = performance.now();
  const found = await explore(scenario, { twice: !values.once });
  all.push(found);
  const { effects, effectsAgain, wrong } = found;
  const verdict = wrong.length === 0 ? 'ok' : `WRONG ${wrong.length} times`;
  const then = values.once ? '' : `, then ${effectsAgain}`;
  console.log(`${verdict}: ${scenario.name}: ${effects} effects${then}, ${seconds(since)}`);
  for (const each of wrong.slice(0, 3)) show(each);
}

const sum = (of: (found: Explored) => number) => all.reduce((total, found) => total + of(found), 0);
const again =
  `In the recoveries from these ${sum((each) => each.effectsAgain)} effects cut, which leave ` +
  `${sum((each) => each.statesAgain)} states; ${sum((each) => each.detours)} times a pull came before the push was repeated.`;
console.log(
  `${chosen.length} scenarios, ${seconds(began)}: ${sum((each) => each.effects)} effects cut, which leave ` +
    `${sum((each) => each.states)} different states. ${values.once ? 'The recoveries were not cut.' : again} ` +
    `${sum((each) => each.wrong.length)} ended otherwise than uncut.`,
);
if (all.some(({ wrong }) => wrong.length > 0)) process.exitCode = 1;
