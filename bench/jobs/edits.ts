/** Edits by a plain SQLite client, in one transaction: captured by the mirror's triggers, and without them. */
import fs from 'node:fs';
import path from 'node:path';
import Sqlite, { type Database } from 'better-sqlite3';
import type { Place, Work } from './index.ts';

/** The API lets nobody edit a multivariate experiment, and so do the triggers. */
export const editable = 'is_multivariate IS NOT 1';

export function edits(place: Place): Work {
  const db = copied(place);
  const work = editing(db, Number(place.what));
  return {
    run: work.run,
    end() {
      const captured = db.prepare('SELECT count(*) FROM outbox_changes').pluck().get();
      if (captured !== Number(place.what))
        throw new Error(`${captured} edits were captured of ${place.what}`);
      db.close();
    },
  };
}

/** The same table with the same indexes. */
export function bareEdits(place: Place): Work {
  const db = copied(place);
  const triggers = db
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'")
    .pluck()
    .all() as string[];
  for (const name of triggers) db.exec(`DROP TRIGGER "${name}"`);
  return editing(db, Number(place.what));
}

function copied({ folder, mirror }: Place): Database {
  const file = path.join(folder, 'mirror.db');
  fs.copyFileSync(mirror, file);
  return new Sqlite(file);
}

function editing(db: Database, many: number): Work {
  const chosen = `SELECT id FROM experiments WHERE ${editable} ORDER BY id LIMIT ?`;
  const ids = db.prepare(chosen).pluck().all(many) as number[];
  return {
    run() {
      const statement = db.prepare('UPDATE experiments SET description = ? WHERE id = ?');
      db.transaction(() => {
        for (const id of ids) statement.run(`edited ${id}`, id);
      })();
    },
    end: () => void db.close(),
  };
}
