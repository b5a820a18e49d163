/** An account with one of each kind, and a mirror of it. */
import type { JsonObject } from '../../src/api/description.ts';
import type { EntityName } from '../../src/api/resources.ts';
import { SandboxAccount, startSandbox } from '../../src/sandbox/index.ts';
import { Bench, startBench } from './bench.ts';
import { noon } from './wire.ts';

/** What they are called. */
export interface Small {
  readonly account: SandboxAccount;
  readonly project: number;
  readonly experiment: number;
  readonly other: number;
  readonly goal: number;
  readonly audience: number;
  readonly dimension: number;
  readonly variation: number;
  readonly schedule: number;
}

export type SmallBench = Bench & { readonly small: Small };
export type AccountOptions = Partial<ConstructorParameters<typeof SandboxAccount>[0]>;

export function smallAccount(options: AccountOptions = {}): Small {
  const account = new SandboxAccount({ projects: 0, now: () => noon, ...options });
  const made = (resource: EntityName, parent: number | null, body: JsonObject) =>
    account.create(resource, parent, body).id as number;
  const project = made('projects', null, { project_name: 'Shop', ip_filter: '10.0.0.1' });
  const url = 'https://shop.example/';
  const experiment = made('experiments', project, {
    description: 'Button',
    edit_url: url,
    custom_css: 'a {}',
  });
  const other = made('experiments', project, { description: 'Banner', edit_url: url });
  const audience = made('audiences', project, { name: 'Phones', description: 'small' });
  const dimension = made('dimensions', project, {
    name: 'Plan',
    client_api_name: 'plan',
    description: 'what',
  });
  const goal = made('goals', project, {
    title: 'Thanks',
    goal_type: 3,
    urls: ['https://shop.example/thanks'],
    url_match_types: [3],
    description: 'bought',
    experiment_ids: [experiment],
  });
  const [variation] = account.list('variations', experiment).map(({ id }) => id as number);
  const schedule = made('schedules', experiment, {
    start_time: '2020-01-01T08:00:00Z',
    stop_time: '2020-02-01T08:00:00Z',
  });
  if (variation === undefined) throw new Error('the experiment came without variations');
  return { account, project, experiment, other, goal, audience, dimension, variation, schedule };
}

let template: Promise<Buffer> | undefined;

/** A mirror of `smallAccount`, pulled once: the account's ids are the same each time. */
async function makeTemplate(): Promise<Buffer> {
  const sandbox = await startSandbox({ account: smallAccount().account });
  const bench = new Bench(sandbox);
  await bench.pull();
  const bytes = bench.db.serialize();
  await bench.close();
  return bytes;
}

export async function smallBench(): Promise<SmallBench> {
  template ??= makeTemplate();
  const small = smallAccount();
  const bench = await startBench(small.account, { template: await template });
  return Object.assign(bench, { small });
}
