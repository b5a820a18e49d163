/** A pull in a process of its own, to be killed: `node pull-process.ts FILE URL TOKEN`. Prints the report as JSON. */
import { OptimizelyClient } from '../../src/api/client.ts';
import { takeLock } from '../../src/db/lock.ts';
import { openMirrorFile } from '../../src/db/open.ts';
import { pull } from '../../src/sync/pull.ts';
import { systemEffects } from '../../src/system.ts';

const [, , file = '', base = '', token = ''] = process.argv;
const db = openMirrorFile(file, { create: true, relaxed: true });
try {
  const lock = takeLock(file);
  const client = new OptimizelyClient({ base, token, rate: 0 });
  console.log(JSON.stringify(await pull({ db, api: client.api, effects: systemEffects })));
  await client.close();
  lock.release();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = (error as { exit?: number }).exit ?? 1;
}
db.close();
