/** Decisions that are cut, each with the push that follows. */
import {
  type Command,
  change,
  full,
  named,
  pulled,
  pushed,
  pushedYes,
  remove,
  type Scenario,
  sql,
} from './scenario.ts';

const shopId = "(SELECT id FROM projects WHERE project_name = 'Shop')";
const edit = sql("UPDATE experiments SET custom_css = 'b{}', custom_js = 'y()' WHERE description = 'Button'");
const theirs = change('experiments', 'Button', { custom_css: 'c{}' });
const conflict: readonly Command[] = [full, edit, theirs, pulled];
const experiment = { resource: 'experiments' } as const;

/** The answer to a create is lost, and somebody has edited what it made before it is looked for. */
export const doubt: readonly Command[] = [
  full,
  sql(`INSERT INTO audiences (project_id, name, description) VALUES (${shopId}, 'Tablet', 'flat')`),
  {
    lose: 'POST',
    afterwards: (account) =>
      account.update('audiences', named(account, 'audiences', 'Tablet').id, {
        description: 'changed at once',
      }),
  },
  pushed,
];

const resolutions: readonly Scenario[] = [
  {
    name: 'resolving as ours',
    before: conflict,
    cut: [{ resolve: experiment, how: { kind: 'ours' } }, pushed],
  },
  {
    name: 'resolving as theirs',
    before: conflict,
    cut: [{ resolve: experiment, how: { kind: 'theirs' } }, pushed],
  },
  {
    name: 'resolving with a third value',
    before: conflict,
    cut: [{ resolve: experiment, how: { kind: 'set', values: { custom_css: 'd{}' } } }, pushed],
  },
  {
    name: 'resolving a delete of what was edited there, as ours',
    before: [
      full,
      sql("DELETE FROM goals WHERE title = 'Click'"),
      change('goals', 'Click', { description: 'new' }),
      pulled,
    ],
    cut: [{ resolve: { resource: 'goals', op: 'delete' }, how: { kind: 'ours' } }, pushedYes],
  },
  {
    name: 'resolving a delete of what was edited there, as theirs',
    before: [
      full,
      sql("DELETE FROM goals WHERE title = 'Click'"),
      change('goals', 'Click', { description: 'new' }),
      pulled,
    ],
    cut: [{ resolve: { resource: 'goals', op: 'delete' }, how: { kind: 'theirs' } }, pushed],
  },
  {
    name: 'giving up an edit of what was deleted there',
    before: [full, edit, remove('experiments', 'Button'), pulled],
    cut: [{ resolve: experiment, how: { kind: 'theirs' } }, pushed],
  },
  ...(['adopt', 'new'] as const).map(
    (kind): Scenario => ({
      name: `a create in doubt, decided as ${kind}`,
      before: doubt,
      cut: [
        {
          resolve: { resource: 'audiences' },
          how: (account) =>
            kind === 'new' ? { kind } : { kind, remoteId: named(account, 'audiences', 'Tablet').id },
        },
        pushed,
      ],
    }),
  ),
];

const drops: readonly Scenario[] = [
  { name: 'dropping an update', before: [full, edit], cut: [{ drop: experiment }, pushed] },
  { name: 'dropping an update in conflict', before: conflict, cut: [{ drop: experiment }, pushed] },
  {
    name: 'dropping a create with all below it',
    before: [
      full,
      sql(
        `INSERT INTO experiments (id, project_id, description, edit_url) VALUES (-11, ${shopId}, 'New', 'https://shop.example/n')`,
        "INSERT INTO variations (experiment_id, description) VALUES (-11, 'Green')",
        "UPDATE goals SET experiment_ids = json_insert(experiment_ids, '$[#]', -11) WHERE title = 'Click'",
      ),
    ],
    cut: [{ drop: { resource: 'experiments', op: 'create' } }, pushed],
  },
  {
    name: 'dropping a delete, which brings back what was below it',
    before: [
      full,
      sql(
        "UPDATE variations SET weight = 4000 WHERE description = 'Original'",
        "DELETE FROM experiments WHERE description = 'Button'",
      ),
    ],
    cut: [{ drop: { resource: 'experiments', op: 'delete' } }, pushed],
  },
];

/** A conflict that a push found, and what the person did about it while the API went on changing. */
const repeated: readonly Scenario[] = [
  {
    name: 'resolving as ours, and a colleague changes it once more',
    before: conflict,
    cut: [
      { resolve: experiment, how: { kind: 'ours' } },
      change('experiments', 'Button', { custom_css: 'd{}' }),
      pushed,
      { resolve: experiment, how: { kind: 'ours' } },
      pushed,
    ],
  },
  {
    name: 'dropping a create in doubt',
    before: doubt,
    cut: [{ drop: { resource: 'audiences' } }, pushed],
  },
];

export const decisions: readonly Scenario[] = [...resolutions, ...drops, ...repeated];
