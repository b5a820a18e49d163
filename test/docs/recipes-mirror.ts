/** The mirror that docs/recipes.md speaks of: two weeks of an account, always the same. */
import { day, idOf, Scene as NewScene, type Scene } from '../query/scene.ts';

/** What colleagues did, by the day on which it was done. */
function work({ account }: Scene, today: number): void {
  const tests = account
    .list('experiments')
    .filter(({ experiment_type, status }) => experiment_type === 'ab' && status !== 'Archived');
  const [one, two, three] = tests;
  const [goal] = account.list('goals').filter(({ goal_type }) => goal_type === 1);
  if (today === 2) account.update('experiments', idOf(one), { percentage_included: 5000 });
  if (today === 3) {
    const waiting = tests.find(({ status }) => status === 'Not started');
    account.update('experiments', idOf(waiting), { status: 'Running' });
  }
  if (today === 5) account.update('goals', idOf(goal), { title: 'Order confirmed' });
  if (today === 6) account.update('experiments', idOf(two), { status: 'Paused' });
  if (today === 8) {
    const [variation] = account.list('variations', idOf(three)).slice(-1);
    account.update('variations', idOf(variation), { weight: 1000, description: 'Loud' });
  }
  if (today === 9)
    account.create('audiences', idOf(account.list('projects')[0]), { name: 'Newsletter readers' });
  if (today === 11) account.remove('goals', idOf(account.list('goals').at(-1)));
}

/** Pulled every day for two weeks, with one edit that waits. The caller closes it. */
export async function recipesMirror(): Promise<Scene> {
  const scene = new NewScene({ seed: 5, projects: 3, experimentsPerProject: 10 });
  for (let today = 0; today < 14; today++) {
    if (today > 0) scene.pass(day);
    work(scene, today);
    await scene.pull();
  }
  const paused = "status = 'Paused' AND experiment_type = 'ab'";
  scene.db.exec(
    `UPDATE experiments SET description = 'Cart: one page', percentage_included = 8000 WHERE id = (SELECT min(id) FROM experiments WHERE ${paused})`,
  );
  return scene;
}
