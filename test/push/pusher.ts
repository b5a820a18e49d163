/** A process that pushes, to be killed. Usage: FILE URL TOKEN. Nothing in it waits, so that it dies at work. */
import { OptimizelyClient } from '../../src/api/client.ts';
import { takeLock } from '../../src/db/lock.ts';
import { openMirrorFile } from '../../src/db/open.ts';
import { push } from '../../src/sync/push.ts';

const [file = '', base = '', token = ''] = process.argv.slice(2);
const effects = { clock: { now: () => Date.now(), sleep: async () => {} }, random: () => 0 };
const client = new OptimizelyClient({ token, base, rate: 0, effects });
const db = openMirrorFile(file);
const lock = takeLock(file);
const { remaining } = await push({ db, api: client.api, effects });
lock.release();
db.close();
await client.close();
process.stdout.write(String(remaining));
