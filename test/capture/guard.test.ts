/** What the sync writes is not captured, and nobody else ever sees that it is being let through. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import Sqlite from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { guarded, transaction } from '../../src/db/transaction.ts';
import { clients, ids, makeMirror, outbox, plainOn, rowOf } from './support.ts';

const { variation } = ids;
const pause = `UPDATE variations SET is_paused = 1 WHERE id = ${variation}`;
const holders = 'SELECT holder FROM sync_guard';

test('the sync writes whatever it likes, and none of it is captured', () => {
  const { db } = makeMirror();
  guarded<void>(db, () => {
    db.exec(
      `UPDATE variations SET created = 'x', weight = 99999; DELETE FROM audiences; UPDATE goals SET id = -id`,
    );
    db.exec(
      'INSERT INTO experiments (id) VALUES (5); REPLACE INTO experiments (id) VALUES (5); DELETE FROM push_log',
    );
  });
  expect(outbox(db)).toEqual([]);
  expect(db.prepare(holders).all()).toEqual([]);
  db.exec(pause);
  expect(outbox(db)).toHaveLength(1);
});

describe.each(clients)('through %s', (_, connect) => {
  test('another connection sees no guard while the sync writes', () => {
    const { file, db } = makeMirror();
    const client = connect(file);
    guarded<void>(db, () => {
      expect(db.prepare(holders).pluck().all()).toEqual(['sync']);
      expect(client.rows(holders)).toEqual([]);
      db.exec(pause);
    });
    expect(client.rows(holders)).toEqual([]);
    client.run(pause.replace('1', '0'));
    expect(outbox(db)).toHaveLength(1);
  });

  test('an edit leaves no guard behind, whether it is taken, refused or rolled back', () => {
    const { file, db } = makeMirror();
    const client = connect(file);
    client.run(`${pause}; DELETE FROM experiments WHERE id = ${ids.experiment}`);
    client.attempt(['UPDATE variations SET weight = -1', 'BEGIN; DELETE FROM goals; ROLLBACK']);
    expect(db.prepare(holders).all()).toEqual([]);
  });
});

test('two connections take turns, and both are captured', () => {
  const { file, db } = makeMirror();
  const [one, two] = [plainOn(file), plainOn(file)];
  one.db.pragma('busy_timeout = 0');
  guarded<void>(db, () => {
    expect(one.attempt([pause])).toEqual(['database is locked']);
  });
  one.run(pause);
  two.run(`UPDATE variations SET weight = 1 WHERE id = ${variation}`);
  expect(outbox(db)).toMatchObject([{ changes: { is_paused: { local: true }, weight: { local: 1 } } }]);
});

describe('inside another transaction', () => {
  test('the guard ends with the guarded part', () => {
    const { db } = makeMirror();
    transaction<void>(db, () => {
      guarded<void>(db, () => db.exec(`UPDATE variations SET weight = 1 WHERE id = ${variation}`));
      db.exec(pause);
    });
    expect(outbox(db)).toMatchObject([{ changes: { is_paused: { base: false, local: true } } }]);
  });

  test('a guarded part within a guarded one does not end it', () => {
    const { db } = makeMirror();
    guarded<void>(db, () => {
      guarded<void>(db, () => db.exec(`UPDATE variations SET weight = 1 WHERE id = ${variation}`));
      db.exec(pause);
    });
    expect(outbox(db)).toEqual([]);
  });

  test('what fails leaves no guard to those who go on', () => {
    const { db } = makeMirror();
    transaction<void>(db, () => {
      expect(() =>
        guarded<void>(db, () => {
          throw new Error('no');
        }),
      ).toThrow('no');
      db.exec(pause);
    });
    expect(outbox(db)).toHaveLength(1);
  });

  test('a promise is refused, and what it wrote is rolled back', () => {
    const { db } = makeMirror();
    const body = (() => {
      db.exec(`UPDATE variations SET weight = 1 WHERE id = ${variation}`);
      return Promise.resolve();
    }) as () => never;
    expect(() => guarded(db, body)).toThrow('a transaction must not await');
    expect(rowOf(db, 'variations', variation)).toMatchObject({ weight: 5000 });
    expect(db.prepare(holders).all()).toEqual([]);
  });
});

test('a process killed in the middle of a guarded transaction leaves no guard', async () => {
  const { file, db } = makeMirror();
  const program = fileURLToPath(new URL('killed-writer.ts', import.meta.url));
  const child = spawn(process.execPath, [program, file], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'exit');
  const after = new Sqlite(file);
  expect(after.prepare(holders).all()).toEqual([]);
  expect(after.prepare('SELECT count(*) FROM variations WHERE weight = 1').pluck().get()).toBe(0);
  after.exec(pause);
  after.close();
  expect(outbox(db)).toHaveLength(1);
});
