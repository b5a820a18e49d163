/** Runs many processes on one mirror for as long as asked, with kill -9 among them, and prints what they did. */
import { parseArgs } from 'node:util';
import { cleanUp } from '../test/processes/processes.ts';
import { type Figures, stress } from '../test/processes/stress.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
  },
});

const total: Record<string, number> = {};
const began = Date.now();
try {
  for (let round = 0; round < Number(values.rounds); round++) {
    const figures: Figures = await stress({
      seconds: Number(values.seconds),
      seed: Number(values.seed) + round,
    });
    for (const [name, many] of Object.entries(figures)) total[name] = (total[name] ?? 0) + many;
    console.log(`round ${round + 1}: ${JSON.stringify(figures)}`);
  }
  const { edits, creates, deletes, commands, syncs, busy, kills, looks } = total;
  console.log(
    `${Math.round((Date.now() - began) / 1000)} s: ${edits} edits, ${creates} creates and ${deletes} deletes done by ` +
      `${commands} commands, plain clients and a shell; ${syncs} pulls and pushes, ${busy} of them kept off by another; ` +
      `${looks} looks; ${kills} processes killed. ` +
      'Nobody failed, nothing stayed locked, no edit was lost, nothing was made twice.',
  );
} finally {
  await cleanUp();
}
