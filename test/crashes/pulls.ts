/** Pulls that are cut. */
import {
  change,
  colleague,
  full,
  named,
  pulled,
  remove,
  runningShop,
  type Scenario,
  shop,
  sql,
} from './scenario.ts';

const none = { before: [] };

export const pulls: readonly Scenario[] = [
  { name: 'the first pull of an account', ...none, cut: [pulled] },
  { name: 'the first pull of an empty account', ...none, account: () => {}, cut: [pulled] },
  { name: 'the first pull of results', ...none, account: runningShop, cut: [pulled] },
  {
    name: 'the first pull of two projects',
    ...none,
    account: (account) => {
      shop(account);
      const other = account.create('projects', null, { project_name: 'Blog' }).id as number;
      account.create('experiments', other, { description: 'Title', edit_url: 'https://blog.example/' });
    },
    cut: [pulled],
  },
  { name: 'the first pull of lists that leave fields out', ...none, sparse: true, cut: [pulled] },
  { name: 'a pull that finds nothing new', cut: [pulled] },
  { name: 'a full pull that finds nothing new', cut: [full] },
  {
    name: 'a pull that finds changed fields',
    cut: [
      change('experiments', 'Button', { description: 'Big button', custom_css: 'a{}' }),
      change('goals', 'Click', { description: 'what it counts' }),
      pulled,
    ],
  },
  {
    name: 'a pull that finds new entities',
    cut: [
      colleague((account) => {
        const project = named(account, 'projects', 'Shop').id;
        const made = account.create('experiments', project, {
          description: 'New',
          edit_url: 'https://shop.example/n',
        });
        account.create('schedules', made.id as number, { stop_time: '2017-02-01T08:00:00Z' });
        account.create('dimensions', project, { name: 'Country' });
      }),
      pulled,
    ],
  },
  { name: 'a pull that finds an experiment gone', cut: [remove('experiments', 'Button'), pulled] },
  { name: 'a pull that finds a goal gone', cut: [remove('goals', 'Click'), pulled] },
  {
    name: 'a pull that finds new results',
    account: runningShop,
    cut: [colleague((account) => account.advance(2 * 86_400_000)), pulled],
  },
  {
    name: 'a pull that finds a variation changed',
    cut: [change('variations', 'Original', { description: 'As it was' }), full],
  },
  {
    name: 'a pull under an edit of another field',
    before: [full, sql("UPDATE experiments SET custom_css = 'b{}' WHERE description = 'Button'")],
    cut: [change('experiments', 'Button', { custom_js: 'x()' }), pulled],
  },
  {
    name: 'a pull under an edit of the same field',
    before: [full, sql("UPDATE experiments SET custom_css = 'b{}' WHERE description = 'Button'")],
    cut: [change('experiments', 'Button', { custom_css: 'c{}' }), pulled],
  },
  {
    name: 'a pull that brings what was edited alike here',
    before: [full, sql("UPDATE experiments SET custom_css = 'b{}' WHERE description = 'Button'")],
    cut: [change('experiments', 'Button', { custom_css: 'b{}' }), pulled],
  },
  {
    name: 'a pull that finds an edited experiment gone',
    before: [full, sql("UPDATE experiments SET custom_css = 'b{}' WHERE description = 'Button'")],
    cut: [remove('experiments', 'Button'), pulled],
  },
  {
    name: 'a pull that finds what was deleted here gone',
    before: [full, sql("DELETE FROM goals WHERE title = 'Click'")],
    cut: [remove('goals', 'Click'), pulled],
  },
  {
    name: 'a pull under a deleted experiment with edits below it',
    before: [
      full,
      sql(
        "UPDATE variations SET weight = 4000 WHERE description = 'Original'",
        "DELETE FROM experiments WHERE description = 'Button'",
      ),
    ],
    cut: [change('experiments', 'Button', { custom_css: 'c{}' }), full],
  },
  {
    name: 'a pull that lacks too much to be believed',
    account: manyGoals,
    cut: [colleague(forgetGoals), pulled],
  },
  {
    name: 'a pull that is told to believe it',
    account: manyGoals,
    cut: [colleague(forgetGoals), { pull: { acceptDeletions: true } }],
  },
  {
    name: 'a pull while a right is missing',
    cut: [
      change('experiments', 'Button', { custom_css: 'c{}' }),
      colleague((account) => account.forbid(`experiments/${named(account, 'experiments', 'Button').id}`)),
      full,
      colleague((account) => account.allow()),
      full,
    ],
  },
  {
    name: 'a verify that repairs what differs',
    before: [full, sql("UPDATE goals SET description = 'ours' WHERE title = 'Click'")],
    cut: [
      change('experiments', 'Button', { custom_css: 'c{}' }),
      remove('dimensions', 'Tier'),
      colleague((account) => {
        account.create('audiences', named(account, 'projects', 'Shop').id, { name: 'Tablet' });
      }),
      { verify: { repair: true } },
    ],
  },
];

function manyGoals(account: Parameters<typeof shop>[0]): void {
  shop(account);
  const project = named(account, 'projects', 'Shop').id;
  for (let i = 0; i < 12; i++)
    account.create('goals', project, { title: `Goal ${i}`, goal_type: 1, event: `e${i}` });
}

function forgetGoals(account: Parameters<typeof shop>[0]): void {
  for (const { id, title } of account.list('goals'))
    if (String(title).startsWith('Goal')) account.remove('goals', id as number);
}
