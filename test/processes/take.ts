/** Takes its turn at a mirror's common pace. FILE RATE COUNT: says the moment of each start. */
import { openMirrorFile } from '../../src/db/open.ts';
import { sharedBudget } from '../../src/db/rate.ts';
import { systemEffects } from '../../src/system.ts';

const [file = '', rate, count] = process.argv.slice(2);
const db = openMirrorFile(file);
const budget = sharedBudget(db, Number(rate), systemEffects.clock);
for (let taken = 0; taken < Number(count); taken++) {
  await budget.take();
  process.stdout.write(`${Date.now()}\n`);
}
db.close();
