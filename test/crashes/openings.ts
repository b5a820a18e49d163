/** Openings of the mirror that are cut: where there is none, and where an older release left it. */
import { migrationsIn, ownMigrations } from '../../src/db/migrations.ts';
import { doubt } from './decisions.ts';
import { type Command, change, full, pulled, pushed, pushedYes, type Scenario, sql } from './scenario.ts';

const edit = sql("UPDATE experiments SET custom_css = 'b{}', custom_js = 'y()' WHERE description = 'Button'");
const theirs = change('experiments', 'Button', { custom_css: 'c{}' });
const open: Command = { open: true };

const openings: readonly Scenario[] = [
  { name: 'making a mirror', file: 'none', before: [], cut: [open, pulled] },
  { name: 'making a mirror in an empty file', file: 'blank', before: [], cut: [open, pulled] },
  {
    name: 'laying triggers anew over edits that wait',
    file: 'without triggers',
    before: [full, edit],
    cut: [open, pushed],
  },
];

/** What a mirror may hold when it is migrated, and what is done with it then. */
const migrated: readonly Pick<Scenario, 'name' | 'before' | 'cut'>[] = [
  { name: 'and pulling', cut: [open, theirs, pulled] },
  { name: 'with nothing in it', before: [], cut: [open, pulled] },
  { name: 'with an edit that waits', before: [full, edit], cut: [open, pushed] },
  {
    name: 'with a conflict that waits',
    before: [full, edit, theirs, pulled],
    cut: [open, { resolve: { resource: 'experiments' }, how: { kind: 'ours' } }, pushed],
  },
  {
    name: 'with a create in doubt',
    before: doubt,
    cut: [open, { resolve: { resource: 'audiences' }, how: { kind: 'new' } }, pushed],
  },
  {
    name: 'with what a delete set aside',
    before: [
      full,
      sql("UPDATE variations SET weight = 4000 WHERE description = 'Original'"),
      sql("DELETE FROM experiments WHERE description = 'Button'"),
    ],
    cut: [open, { drop: { resource: 'experiments', op: 'delete' } }, pushedYes],
  },
];

/** From each version that there ever was to the present one. */
const migrations = migrationsIn(ownMigrations).tags.flatMap((tag, version) =>
  version === 0
    ? []
    : migrated.map((each): Scenario => {
        const name = `migrating a mirror from before ${tag}, ${each.name}`;
        return { ...each, name, file: { version } };
      }),
);

export const starts: readonly Scenario[] = [...openings, ...migrations];
