/** A program that is killed while it writes as the sync does: it says so, and waits for its end. */
import { openMirrorFile } from '../../src/db/open.ts';
import { guarded } from '../../src/db/transaction.ts';

const db = openMirrorFile(process.argv[2] ?? '');
guarded<void>(db, () => {
  // More than fits into the cache, so that the log has some of it.
  db.pragma('cache_size = 10');
  db.exec('UPDATE variations SET weight = 1');
  db.exec(
    "INSERT INTO changes (run_id, observed_at, resource, entity_id) SELECT 1, hex(randomblob(2000)), 'x', 1 FROM (WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 200) SELECT i FROM n)",
  );
  process.stdout.write('ready\n');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
});
