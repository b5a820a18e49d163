/** A mirror of one account, and a token or an API of another: nothing of it gets in. */
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/api/description.ts';
import { pull } from '../../src/sync/pull.ts';
import { push } from '../../src/sync/push.ts';
import { verify } from '../../src/sync/verify.ts';
import { dump, expectEqual } from './equal.ts';
import { Rig } from './support.ts';

const small = { projects: 2, experimentsPerProject: 2 };

/** A mirror of one account, and what asks another account on its behalf. */
async function twoAccounts({ without }: { readonly without?: string } = {}) {
  const alter = (_: string, body: string) => (without ? withoutField(body, without) : body);
  const rig = new Rig({ account: { ...small, seed: 1 }, alter });
  await rig.pull();
  const other = new Rig({ account: { ...small, seed: 2 }, alter });
  return { rig, other, deps: { ...rig.deps, api: other.client.api } };
}

function withoutField(body: string, field: string): string {
  return JSON.stringify(JSON.parse(body, (key, value: unknown) => (key === field ? undefined : value)));
}

/** Gives the projects of an account other ids and leaves the rest: in place of all that were there. */
function renumbered(_: string, body: string): string {
  const parsed = JSON.parse(body) as JsonObject[];
  if (!Array.isArray(parsed) || !parsed.every((each) => 'project_name' in each)) return body;
  return JSON.stringify(parsed.map((each, index) => ({ ...each, id: 77 + index })));
}

describe('another account', () => {
  it.each([[{}], [{ full: true }], [{ projects: [1] }], [{ acceptDeletions: true }]])(
    'is refused before anything of it is written: %j',
    async (options) => {
      const { rig, other, deps } = await twoAccounts();
      const before = dump(rig.db);
      const [ours, theirs] = [rig, other].map((each) => each.some('projects'));
      const refused = pull(deps, options);
      await expect(refused).rejects.toMatchObject({ exit: 2 });
      const message = (await refused.catch((error: Error) => error.message)) as string;
      expect(message).toContain(`the mirror holds project ${ours?.id} `);
      expect(message).toContain(`(account ${ours?.account_id})`);
      expect(message).toContain(`the API lists project ${theirs?.id} `);
      expect(message).toContain('--db FILE');
      expect(dump(rig.db)).toBe(before);
      expect(rig.one('SELECT status FROM sync_runs ORDER BY run_id DESC LIMIT 1')).toBe('failed');
    },
  );

  it('is refused by a repair as well, and only compared without one', async () => {
    const { rig, deps } = await twoAccounts();
    const before = dump(rig.db);
    await expect(verify(deps, { repair: true, acceptDeletions: true })).rejects.toMatchObject({ exit: 2 });
    expect(dump(rig.db)).toBe(before);
    expect((await verify(deps)).missing.length).toBeGreaterThan(0);
  });

  it.each([
    ['a project made offline', "INSERT INTO projects (project_name) VALUES ('Offline')"],
    ['an edit of a project', "UPDATE projects SET project_name = 'Renamed'"],
  ])('is refused by a push that looks at the projects: %s', async (_, sql) => {
    const { rig, other, deps } = await twoAccounts();
    rig.db.exec(sql);
    const [before, theirs] = [dump(rig.db), other.list('projects')];
    await expect(push(deps)).rejects.toMatchObject({ exit: 2 });
    expect(dump(rig.db)).toBe(before);
    expect(other.list('projects')).toEqual(theirs);
  });

  it('answers a push of anything else with 404: nothing changes there, and nothing is given up here', async () => {
    const { rig, other, deps } = await twoAccounts();
    rig.db.exec("UPDATE audiences SET name = 'Renamed'; DELETE FROM dimensions;");
    rig.db.exec(`INSERT INTO audiences (project_id, name) VALUES (${rig.some('projects').id}, 'Offline')`);
    const theirs = other.list('audiences');
    const report = await push(deps, { yes: true });
    expect(report.pushed).toEqual([]);
    expect(report.failed.length).toBeGreaterThan(0);
    expect(report.failed.every(({ status }) => status === 404)).toBe(true);
    expect(report.remaining).toBe(report.failed.length);
    expect(other.list('audiences')).toEqual(theirs);
  });

  it('leaves the mirror to its own account', async () => {
    const { rig, deps } = await twoAccounts();
    await expect(pull(deps)).rejects.toThrow('another account');
    rig.account.update('goals', rig.some('goals').id, { title: 'Renamed' });
    expect(await rig.pull()).toMatchObject({ status: 'complete' });
    expectEqual(rig.db, rig.account);
  });

  it('can not be told where the API names no accounts: the projects are kept, and named', async () => {
    const { rig, deps } = await twoAccounts({ without: 'account_id' });
    const ours = rig.list('projects').map(({ id }) => id);
    const { status, errors } = await pull(deps);
    expect(status).toBe('partial');
    for (const id of ours)
      expect(errors.some(({ message }) => message.includes(`project ${id} `))).toBe(true);
    expect(rig.all('SELECT id FROM projects').map(({ id }) => id)).toEqual(expect.arrayContaining(ours));
  });

  it('does not go on with a pull of the first one and call it complete', async () => {
    const stop = new AbortController();
    const rig = new Rig({
      account: { ...small, seed: 1 },
      transport: {
        onRequest: ({ path }) => {
          if (path.endsWith('/variations')) stop.abort();
        },
      },
    });
    await expect(rig.pull({ signal: stop.signal })).rejects.toThrow();
    const other = new Rig({ account: { ...small, seed: 2 } });
    const { status, errors } = await pull({ ...rig.deps, api: other.client.api });
    expect(status).toBe('partial');
    expect(errors.length).toBeGreaterThan(0);
    expect(await rig.pull()).toMatchObject({ status: 'complete' });
    expectEqual(rig.db, rig.account);
  });
});

describe('the same account', () => {
  it('is known where a single project is still there', async () => {
    const rig = new Rig({ account: small });
    await rig.pull();
    rig.account.removeSilently('projects', rig.some('projects').id);
    expect(await rig.pull()).toMatchObject({ status: 'partial', errors: [{ resource: 'projects' }] });
  });

  it('is known by its number where all of its projects are others by now', async () => {
    let alter = (_: string, body: string) => body;
    const rig = new Rig({ account: small, alter: (asked, body) => alter(asked, body) });
    await rig.pull();
    alter = renumbered;
    const report = await rig.pull();
    expect(report.resources.projects).toMatchObject({ seen: 2, inserted: 2, deleted: 0 });
  });

  it('may list nothing at all', async () => {
    const rig = new Rig({ account: small });
    await rig.pull();
    const ids = rig.list('projects').map(({ id }) => id as number);
    for (const id of ids) rig.account.removeSilently('projects', id);
    expect(await rig.pull()).toMatchObject({ status: 'partial' });
    expect(rig.one('SELECT count(*) FROM projects')).toBe(2);
  });

  it('may be the first one: projects made offline are of no account yet', async () => {
    const rig = new Rig({ account: small });
    rig.db.exec("INSERT INTO projects (project_name) VALUES ('Offline')");
    expect(await rig.pull()).toMatchObject({ status: 'complete' });
  });
});
