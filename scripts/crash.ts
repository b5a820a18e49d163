/** Runs crash scenarios. */
import { prepare, run } from '../test/crashes/run.ts';
import { scenarios } from '../test/crashes/table.ts';

const only = process.argv[2];
let total = 0,
  bad = 0,
  twice = 0;
const t0 = performance.now();
for (const scenario of scenarios.filter(({ name }) => !only || name.includes(only))) {
  const t1 = performance.now();
  try {
    const prepared = await prepare(scenario);
    const uncut = await run(scenario, prepared);
    if (process.argv[3] === 'show') console.log(uncut.state);
    let wrong = 0;
    for (let at = 0; at < uncut.effects.length; at++) {
      total++;
      const cut = await run(scenario, prepared, { at });
      if (cut.state !== uncut.state) {
        wrong++;
        if (wrong <= 2) {
          console.log(`  ${at} ${uncut.effects[at]}`);
          diff(uncut.state, cut.state);
        }
      }
      if (cut.recovery.length > 0) {
        const again = (at * 7) % cut.recovery.length;
        twice++;
        const c2 = await run(scenario, prepared, { at, again });
        if (c2.state !== uncut.state) {
          wrong++;
          if (wrong <= 2) {
            console.log(`  ${at} ${uncut.effects[at]} then ${again} ${cut.recovery[again]}`);
            diff(uncut.state, c2.state);
          }
        }
      }
    }
    bad += wrong;
    console.log(
      `${wrong ? `WRONG ${wrong}` : 'ok'} ${scenario.name}: ${uncut.effects.length} effects, ${(performance.now() - t1).toFixed(0)} ms`,
    );
  } catch (error) {
    bad++;
    console.log('ERROR', scenario.name, error);
  }
}
console.log(total, 'cuts', twice, 'twice', bad, 'wrong', ((performance.now() - t0) / 1000).toFixed(1), 's');
function diff(a: string, b: string) {
  const x = a.split('\n'),
    y = b.split('\n');
  const sx = new Set(x),
    sy = new Set(y);
  for (const l of x) if (!sy.has(l)) console.log('   -', l.slice(0, 400));
  for (const l of y) if (!sx.has(l)) console.log('   +', l.slice(0, 400));
}
