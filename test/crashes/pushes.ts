/** Pushes that are cut: every operation of every resource that has it, chains, merges, and what the API refuses. */
import type { EntityName } from '../../src/api/resources.ts';
import {
  type Command,
  change,
  colleague,
  full,
  named,
  pushed,
  pushedYes,
  remove,
  type Scenario,
  shop,
  sql,
} from './scenario.ts';

const after = (...statements: string[]): { readonly before: readonly Command[] } => ({
  before: [full, sql(...statements)],
});
const shopId = "(SELECT id FROM projects WHERE project_name = 'Shop')";
const buttonId = "(SELECT id FROM experiments WHERE description = 'Button')";

const updates: Record<EntityName, string> = {
  projects: "UPDATE projects SET ip_filter = '1.2.3.4'",
  audiences: "UPDATE audiences SET description = 'phones' WHERE name = 'Mobile'",
  dimensions: "UPDATE dimensions SET description = 'of the customer'",
  experiments:
    "UPDATE experiments SET custom_css = 'b{}', percentage_included = 5000 WHERE description = 'Button'",
  variations: "UPDATE variations SET weight = 4000 WHERE description = 'Original'",
  schedules: "UPDATE schedules SET stop_time = '2017-03-01T08:00:00Z'",
  goals: "UPDATE goals SET title = 'Tap' WHERE title = 'Click'",
};

const creates: Record<EntityName, string> = {
  projects: "INSERT INTO projects (project_name) VALUES ('Blog')",
  audiences: `INSERT INTO audiences (project_id, name) VALUES (${shopId}, 'Tablet')`,
  dimensions: `INSERT INTO dimensions (project_id, name) VALUES (${shopId}, 'Country')`,
  experiments: `INSERT INTO experiments (project_id, description, edit_url) VALUES (${shopId}, 'New', 'https://shop.example/n')`,
  variations: `INSERT INTO variations (experiment_id, description) VALUES (${buttonId}, 'Green')`,
  schedules: `INSERT INTO schedules (experiment_id, start_time) VALUES (${buttonId}, '2018-01-01T08:00:00Z')`,
  goals: `INSERT INTO goals (project_id, title, goal_type, event) VALUES (${shopId}, 'Buy', 1, 'buy')`,
};

const deletes: Partial<Record<EntityName, string>> = {
  dimensions: 'DELETE FROM dimensions',
  experiments: "DELETE FROM experiments WHERE description = 'Button'",
  variations: `DELETE FROM variations WHERE experiment_id = ${buttonId} AND description = 'Original'`,
  schedules: 'DELETE FROM schedules',
  goals: "DELETE FROM goals WHERE title = 'Click'",
};

const each = (what: string, table: Partial<Record<EntityName, string>>, command: Command): Scenario[] =>
  Object.entries(table).map(([resource, statement]) => ({
    name: `a push that ${what} one of the ${resource}`,
    ...after(statement),
    cut: [command],
  }));

const chains: readonly Scenario[] = [
  {
    name: 'a push of a project with an experiment and its variations',
    ...after(
      "INSERT INTO projects (id, project_name) VALUES (-10, 'Blog')",
      "INSERT INTO experiments (id, project_id, description, edit_url) VALUES (-11, -10, 'Title', 'https://blog.example/')",
      "INSERT INTO variations (experiment_id, description, weight) VALUES (-11, 'Short', 5000)",
      "INSERT INTO variations (experiment_id, description, weight) VALUES (-11, 'Long', 4000)",
      "INSERT INTO variations (experiment_id, description, weight) VALUES (-11, 'Loud', 1000)",
      "INSERT INTO goals (project_id, title, goal_type, event, experiment_ids) VALUES (-10, 'Read', 1, 'read', '[-11]')",
    ),
    cut: [pushed],
  },
  {
    name: 'a push of an experiment with one variation and a schedule',
    ...after(
      `INSERT INTO experiments (id, project_id, description, edit_url) VALUES (-11, ${shopId}, 'New', 'https://shop.example/n')`,
      "INSERT INTO variations (experiment_id, description) VALUES (-11, 'Green')",
      "INSERT INTO schedules (experiment_id, start_time) VALUES (-11, '2018-01-01T08:00:00Z')",
    ),
    cut: [pushed],
  },
  {
    name: 'a push of an experiment that names a new audience',
    ...after(
      `INSERT INTO audiences (id, project_id, name) VALUES (-5, ${shopId}, 'Tablet')`,
      `INSERT INTO experiments (project_id, description, edit_url, audience_ids) VALUES (${shopId}, 'New', 'https://shop.example/n', '[-5]')`,
    ),
    cut: [pushed],
  },
  {
    name: 'a push of a goal that names a new experiment',
    ...after(
      `INSERT INTO experiments (id, project_id, description, edit_url) VALUES (-11, ${shopId}, 'New', 'https://shop.example/n')`,
      "UPDATE goals SET experiment_ids = json_insert(experiment_ids, '$[#]', -11) WHERE title = 'Click'",
    ),
    cut: [pushed],
  },
  {
    name: 'a push of several creates below one parent',
    ...after(
      `INSERT INTO goals (project_id, title, goal_type, event) VALUES (${shopId}, 'One', 1, 'a'), (${shopId}, 'Two', 1, 'b'), (${shopId}, 'Three', 1, 'c')`,
    ),
    cut: [pushed],
  },
  {
    name: 'a push of one of everything',
    ...after(...Object.values(updates), ...Object.values(creates)),
    cut: [pushed],
  },
  {
    name: 'a push that deletes an experiment with edits below it',
    ...after(
      `UPDATE variations SET weight = 4000 WHERE experiment_id = ${buttonId}`,
      "DELETE FROM experiments WHERE description = 'Button'",
    ),
    cut: [pushedYes],
  },
  {
    name: 'a push of two goals that swap their names',
    account: (account) => {
      shop(account);
      const project = named(account, 'projects', 'Shop').id;
      account.create('goals', project, { title: 'Buy', goal_type: 1, event: 'buy' });
    },
    ...after(
      "UPDATE goals SET title = 'Between' WHERE title = 'Click'",
      "UPDATE goals SET title = 'Click' WHERE title = 'Buy'",
      "UPDATE goals SET title = 'Buy' WHERE title = 'Between'",
    ),
    cut: [pushed, pushed],
  },
  {
    name: 'a dry run and the push that it foretold',
    ...after(updates.goals, creates.dimensions),
    cut: [{ push: { dryRun: true } }, pushed],
  },
  {
    name: 'a push that deletes a goal and an experiment that it names',
    ...after(
      "DELETE FROM experiments WHERE description = 'Button'",
      "DELETE FROM goals WHERE title = 'Click'",
    ),
    cut: [pushedYes],
  },
];

const css = "UPDATE experiments SET custom_css = 'b{}' WHERE description = 'Button'";

const merges: readonly Scenario[] = [
  {
    name: 'a push that merges with a change of another field',
    ...after(css),
    cut: [change('experiments', 'Button', { custom_js: 'x()' }), pushed],
  },
  {
    name: 'a push that merges sets',
    ...after(
      "UPDATE experiments SET audience_ids = (SELECT json_group_array(id) FROM audiences WHERE name = 'Desktop') WHERE description = 'Button'",
    ),
    cut: [
      colleague((account) => {
        const project = named(account, 'projects', 'Shop').id;
        const { id, audience_ids } = named(account, 'experiments', 'Button');
        const tablet = account.create('audiences', project, { name: 'Tablet' }).id as number;
        account.update('experiments', id, { audience_ids: [...(audience_ids as number[]), tablet] });
      }),
      pushed,
    ],
  },
  {
    name: 'a push that conflicts',
    ...after(css, updates.goals),
    cut: [change('experiments', 'Button', { custom_css: 'c{}' }), pushed],
  },
  {
    name: 'a push that conflicts and prefers ours',
    ...after(css),
    cut: [change('experiments', 'Button', { custom_css: 'c{}' }), { push: { onConflict: 'ours' } }],
  },
  {
    name: 'a push that conflicts and prefers theirs',
    ...after(css),
    cut: [change('experiments', 'Button', { custom_css: 'c{}' }), { push: { onConflict: 'theirs' } }],
  },
  {
    name: 'a strict push',
    ...after(css),
    cut: [change('experiments', 'Button', { custom_js: 'x()' }), { push: { strict: true } }],
  },
  {
    name: 'a push of what the API has already',
    ...after(css),
    cut: [change('experiments', 'Button', { custom_css: 'b{}' }), pushed],
  },
  {
    name: 'a push of an edit of what was deleted there',
    ...after(css),
    cut: [remove('experiments', 'Button'), pushed],
  },
  {
    name: 'a push of a delete of what was edited there',
    ...after("DELETE FROM goals WHERE title = 'Click'"),
    cut: [change('goals', 'Click', { description: 'new words' }), pushedYes],
  },
  {
    name: 'a push of a delete of what was deleted there',
    ...after("DELETE FROM goals WHERE title = 'Click'"),
    cut: [remove('goals', 'Click'), pushedYes],
  },
];

const refusals: readonly Scenario[] = [
  {
    name: 'a push that holds back what can not be taken back',
    ...after(updates.goals, ...Object.values(deletes)),
    cut: [pushed],
  },
  {
    name: 'a push that starts an experiment',
    ...after("UPDATE experiments SET status = 'Running' WHERE description = 'Button'"),
    cut: [pushedYes],
  },
  {
    name: 'a push of a create that the API refuses',
    ...after(`INSERT INTO dimensions (project_id, name) VALUES (${shopId}, 'Tier')`),
    cut: [pushed],
  },
  {
    name: 'a push without the right to write',
    ...after(css, updates.goals),
    cut: [
      colleague((account) => account.forbid(`experiments/${named(account, 'experiments', 'Button').id}`)),
      pushed,
      colleague((account) => account.allow()),
      { retry: { resource: 'experiments' } },
      pushed,
    ],
  },
  {
    name: 'a push whose parent is refused',
    ...after(
      `INSERT INTO experiments (id, project_id, description, edit_url, audience_ids) VALUES (-11, ${shopId}, 'New', 'https://shop.example/n', '[123]')`,
      "INSERT INTO variations (experiment_id, description) VALUES (-11, 'Green')",
    ),
    cut: [pushed],
  },
];

export const pushes: readonly Scenario[] = [
  ...each('updates', updates, pushed),
  ...each('creates', creates, pushed),
  ...each('deletes', deletes, pushedYes),
  ...chains,
  ...merges,
  ...refusals,
];
