/** Pushes whose answers are lost, beside which a death may come: what was carried out and not heard of is known again. */
import { experimentOf, full, named, pulled, pushed, pushedYes, type Scenario, sql } from './scenario.ts';

const shopId = "(SELECT id FROM projects WHERE project_name = 'Shop')";
const css = sql("UPDATE experiments SET custom_css = 'b{}' WHERE description = 'Button'");
const goal = sql(
  `INSERT INTO goals (project_id, title, goal_type, event) VALUES (${shopId}, 'Buy', 1, 'buy')`,
);

export const losses: readonly Scenario[] = [
  { name: 'a push of an update whose answer is lost', before: [full, css], cut: [{ lose: 'PUT' }, pushed] },
  { name: 'a push of a create whose answer is lost', before: [full, goal], cut: [{ lose: 'POST' }, pushed] },
  {
    name: 'a push of a delete whose answer is lost',
    before: [full, sql("DELETE FROM goals WHERE title = 'Click'")],
    cut: [{ lose: 'DELETE' }, pushedYes],
  },
  {
    name: 'a push of an update whose answer is lost, and somebody changes the same at once',
    before: [full, css],
    cut: [
      {
        lose: 'PUT',
        afterwards: (account) =>
          account.update('experiments', named(account, 'experiments', 'Button').id, { custom_css: 'c{}' }),
      },
      pushed,
    ],
  },
  {
    name: 'a push of a create whose answer is lost, after a pull that shows what it made',
    before: [full, goal, { lose: 'POST' }],
    cut: [pushed, pulled, pushed],
  },
  {
    name: 'a push of several creates below one parent, the first of them lost',
    before: [
      full,
      sql(`INSERT INTO dimensions (project_id, name) VALUES (${shopId}, 'One'), (${shopId}, 'Two')`),
      { lose: 'POST' },
    ],
    cut: [pushed, pushed],
  },
  {
    name: 'a push of an experiment whose answer is lost, with variations below it',
    before: [
      full,
      experimentOf('New'),
      sql(
        `INSERT INTO variations (experiment_id, description, weight)
          SELECT id, 'Green', 6000 FROM experiments WHERE description = 'New'`,
        `INSERT INTO variations (experiment_id, description, weight)
          SELECT id, 'Red', 4000 FROM experiments WHERE description = 'New'`,
      ),
      { lose: 'POST' },
    ],
    cut: [pushed, pushed],
  },
];
