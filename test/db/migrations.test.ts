/** An older mirror is brought up to date when it is opened, wholly or not at all. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { migrationsIn, ownMigrations } from '../../src/db/migrations.ts';
import { openMirrorFile } from '../../src/db/open.ts';
import { contents, ids, makeMirror, outbox, temporaryFolder } from '../capture/support.ts';

describe('an older mirror', () => {
  /** A folder of migrations that goes one step further than the program's own. */
  function nextMigrations(sql: string): string {
    const folder = path.join(temporaryFolder(), 'drizzle');
    fs.cpSync(ownMigrations, folder, { recursive: true });
    const file = path.join(folder, 'meta/_journal.json');
    const journal = JSON.parse(fs.readFileSync(file, 'utf8')) as { entries: object[] };
    journal.entries.push({
      idx: journal.entries.length,
      version: '6',
      when: 1,
      tag: 'next',
      breakpoints: true,
    });
    fs.writeFileSync(file, JSON.stringify(journal));
    fs.writeFileSync(path.join(folder, 'next.sql'), sql);
    return folder;
  }

  const edits = `UPDATE goals SET title = 'ours' WHERE id = ${ids.click}; DELETE FROM experiments WHERE id = ${ids.experiment}; INSERT INTO projects (project_name) VALUES ('P')`;

  test('is brought up to date when it is opened, and nothing is lost', () => {
    const { file, db } = makeMirror();
    db.exec(edits);
    const before = contents(db);
    const waits = outbox(db);
    db.close();
    const migrations = nextMigrations(
      "ALTER TABLE outbox ADD COLUMN note TEXT;\n--> statement-breakpoint\nUPDATE outbox SET note = 'migrated';",
    );
    const migrated = openMirrorFile(file, { migrations });
    const after = contents(migrated);
    const { mirror_meta: _meta, outbox: rows, ...rest } = after;
    expect(before).toMatchObject(rest);
    expect(rows).toEqual((before.outbox ?? []).map((row) => ({ ...(row as object), note: 'migrated' })));
    expect(outbox(migrated)).toEqual(waits);
    migrated.exec("UPDATE audiences SET name = 'captured'");
    expect(outbox(migrated)).toHaveLength(waits.length + 1);
    expect(migrated.pragma('user_version', { simple: true })).toBe(
      migrationsIn(ownMigrations).tags.length + 1,
    );
    migrated.close();
    expect(() => openMirrorFile(file)).toThrow('was written by a newer optimirror');
  });

  test('stays as it was where a migration fails', () => {
    const { file, db } = makeMirror();
    db.exec(edits);
    const before = contents(db);
    const migrations = nextMigrations(
      "UPDATE goals SET title = 'x';\n--> statement-breakpoint\nALTER TABLE missing ADD COLUMN x;",
    );
    expect(() => openMirrorFile(file, { migrations })).toThrow('no such table: missing');
    expect(contents(db)).toEqual(before);
    db.exec("UPDATE audiences SET name = 'captured'");
    expect(outbox(db)).toHaveLength(4);
  });

  test('that has nothing yet is made from the first migration on', () => {
    const file = path.join(temporaryFolder(), 'mirror.db');
    const db = openMirrorFile(file, {
      create: true,
      migrations: nextMigrations('CREATE TABLE one_more (x);'),
    });
    expect(db.prepare("SELECT count(*) FROM sqlite_schema WHERE name = 'one_more'").pluck().get()).toBe(1);
    db.close();
  });
});
