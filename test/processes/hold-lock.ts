/** Holds locks in one process as a library would. FILE: takes the mirror's lock, asks in every way, says so, stays. */
import { setImmediate } from 'node:timers/promises';
import { isLocked, takeLock } from '../../src/db/lock.ts';
import { mirrorExists, openMirrorFile, openReadOnly } from '../../src/db/open.ts';
import { BusyError } from '../../src/errors.ts';

const { gc } = globalThis;
if (!gc) throw new Error('needs node --expose-gc');
const [file = ''] = process.argv.slice(2);
const db = openMirrorFile(file);
db.prepare('SELECT count(*) FROM goals').get();
takeLock(file);
// Nothing in this process points at the lock any more, and what is collected closes its files, a moment later.
gc();
await setImmediate();
// Each of these looks at files that this process has locks on.
if (!isLocked(file) || !mirrorExists(file)) throw new Error('the mirror is not seen as it is');
openMirrorFile(file).close();
openReadOnly(file).close();
try {
  takeLock(file);
} catch (error) {
  if (!(error instanceof BusyError)) throw error;
  process.stdout.write('held\n');
}
setInterval(() => void db.open, 1000);
