/** What a crash scenario is: what the account holds, what happened before, and the commands that are cut at every effect. */
import type { JsonObject } from '../../src/api/description.ts';
import type { EntityName } from '../../src/api/resources.ts';
import type { SandboxAccount } from '../../src/sandbox/index.ts';
import type { PullOptions } from '../../src/sync/pull.ts';
import type { PushOptions } from '../../src/sync/push.ts';
import type { Decision } from '../../src/sync/resolve.ts';
import type { VerifyOptions } from '../../src/sync/verify.ts';

/** An operation of the outbox, by its resource and what it does: the first that fits. */
export interface Which {
  readonly resource: EntityName;
  readonly op?: 'create' | 'update' | 'delete';
}

/** A decision, made with the account at hand where it names a real id. */
export type Deciding = Decision | ((account: SandboxAccount) => Decision);

/**
 * One thing that is done. What a person does with another program, a colleague's hand, a broken line are never cut; a
 * command that is cut is given again, as a person would.
 */
export type Command =
  | { readonly pull: PullOptions }
  | { readonly push: PushOptions }
  | { readonly verify: VerifyOptions }
  | { readonly sql: string }
  | { readonly colleague: (account: SandboxAccount) => void }
  | { readonly drop: Which }
  | { readonly retry: Which }
  | { readonly resolve: Which; readonly how: Deciding }
  /** The next answer to such a request is lost on its way, and the request was carried out. */
  | { readonly lose: 'POST' | 'PUT' | 'DELETE'; readonly afterwards?: (account: SandboxAccount) => void }
  /** The program opens the mirror, as the first that does with the file as it is. */
  | { readonly open: true };

export interface Scenario {
  readonly name: string;
  /** Fills the account before anything is pulled. The shop, unless told. */
  readonly account?: (account: SandboxAccount) => void;
  /** Lists leave these fields out. */
  readonly sparse?: boolean;
  /** The mirror as the first command finds it: empty unless told. */
  readonly file?: 'none' | 'blank' | 'without triggers' | { readonly version: number };
  /** Never cut. Pulled in full, unless told. */
  readonly before?: readonly Command[];
  readonly cut: readonly Command[];
}

export const pulled: Command = { pull: {} };
export const full: Command = { pull: { full: true } };
export const pushed: Command = { push: {} };
export const pushedYes: Command = { push: { yes: true } };
export const sql = (...statements: string[]): Command => ({ sql: statements.join(';') });
export const colleague = (act: (account: SandboxAccount) => void): Command => ({ colleague: act });

/** The fields that say what one is called. */
const labels = ['project_name', 'description', 'title', 'name', 'start_time'];

/** The entity of that name. */
export function named(
  account: SandboxAccount,
  resource: EntityName,
  name: string,
): JsonObject & { id: number } {
  const found = account.list(resource).find((entity) => labels.some((field) => entity[field] === name));
  if (!found) throw new Error(`the account has no ${resource} called ${name}`);
  return { ...found, id: found.id as number };
}

export const change = (resource: EntityName, name: string, body: JsonObject): Command =>
  colleague((account) => {
    account.update(resource, named(account, resource, name).id, body);
  });

export const remove = (resource: EntityName, name: string): Command =>
  colleague((account) => account.remove(resource, named(account, resource, name).id));

/** An experiment made offline, of that name. */
export const experimentOf = (name: string): Command =>
  sql(
    `INSERT INTO experiments (project_id, description, edit_url) SELECT id, '${name}', 'https://shop.example/n' ` +
      "FROM projects WHERE project_name = 'Shop'",
  );

/** One project with one of everything, and an experiment that runs. */
export function shop(account: SandboxAccount): void {
  const create = (resource: EntityName, parent: number | null, body: JsonObject): number =>
    account.create(resource, parent, body).id as number;
  const project = create('projects', null, { project_name: 'Shop' });
  const audience = create('audiences', project, { name: 'Mobile' });
  create('audiences', project, { name: 'Desktop' });
  create('dimensions', project, { name: 'Tier' });
  const button = create('experiments', project, {
    description: 'Button',
    edit_url: 'https://shop.example/',
    audience_ids: [audience],
  });
  create('schedules', button, { start_time: '2017-01-01T08:00:00Z' });
  const banner = create('experiments', project, {
    description: 'Banner',
    edit_url: 'https://shop.example/sale',
  });
  create('goals', project, {
    title: 'Click',
    goal_type: 1,
    event: 'click',
    experiment_ids: [button, banner],
  });
}

/** The second experiment runs and has results. */
export function runningShop(account: SandboxAccount): void {
  shop(account);
  account.update('experiments', named(account, 'experiments', 'Banner').id, { status: 'Running' });
  account.advance(3 * 86_400_000);
}
