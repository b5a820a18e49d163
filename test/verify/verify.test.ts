/** The verification: whatever was tampered with is found, and put right on request; edits that wait are left alone. */
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/api/description.ts';
import type { SandboxAccount } from '../../src/sandbox/index.ts';
import type { Difference, VerifyReport } from '../../src/sync/report.ts';
import { dump, expectEqual } from '../pull/equal.ts';
import { everyList, hour, isPaused, Rig, type RigOptions } from '../pull/support.ts';

const idOf = ({ id }: JsonObject) => id as number;

async function pulled(options: RigOptions = {}): Promise<Rig> {
  const rig = new Rig(options);
  await rig.pull();
  return rig;
}

/** Writes past the triggers, as a broken disk or a clever user might. */
function tamper(rig: Rig, sql: string, ...parameters: unknown[]): void {
  rig.db.exec("INSERT INTO sync_guard (holder) VALUES ('sync')");
  rig.db.prepare<unknown[]>(sql).run(...parameters);
  rig.db.exec('DELETE FROM sync_guard');
}

const clean = { status: 'complete', missing: [], extra: [], different: [], errors: [] };
const names = ({ missing, extra, different }: VerifyReport) => ({ missing, extra, different });

/** How many records the API shows. */
function records(account: SandboxAccount, rig: Rig): number {
  const rows = rig.one('SELECT (SELECT count(*) FROM results) + (SELECT count(*) FROM stats)') as number;
  const entities = (
    ['projects', 'experiments', 'variations', 'schedules', 'goals', 'audiences', 'dimensions'] as const
  )
    .map((resource) => account.list(resource).length)
    .reduce((sum, count) => sum + count, 0);
  return rows + entities;
}

describe('a mirror that equals the API', () => {
  it('is found to: every list is read once, every record compared, and nothing written but the run', async () => {
    const rig = await pulled();
    for (const repair of [false, true]) {
      const before = dump(rig.db);
      const report = await rig.verify({ repair });
      expect(report).toMatchObject({
        ...clean,
        checked: records(rig.account, rig),
        requests: everyList(rig).length,
      });
      expect(rig.asked.toSorted()).toEqual(everyList(rig));
      expect(dump(rig.db)).toBe(before);
      expect(rig.all('SELECT kind, mode, status FROM sync_runs ORDER BY run_id DESC LIMIT 1')).toEqual([
        { kind: 'verify', mode: repair ? 'repair' : null, status: 'complete' },
      ]);
    }
  });

  it('is found to where lists leave out fields', async () => {
    const rig = await pulled({
      account: { sparseLists: { projects: ['project_javascript'], goals: ['project_id'] } },
    });
    expect(await rig.verify()).toMatchObject(clean);
  });

  it('is found to while results grow', async () => {
    const rig = await pulled();
    rig.account.advance(5 * hour);
    expect(await rig.verify()).toMatchObject(clean);
  });

  it('is found to with edits that wait, of every kind', async () => {
    const rig = await pulled();
    const [edited, deleted] = rig.list('experiments').filter(isPaused).map(idOf);
    rig.db.prepare("UPDATE experiments SET description = 'Ours' WHERE id = ?").run(edited);
    rig.db.prepare('DELETE FROM experiments WHERE id = ?').run(deleted);
    rig.db
      .prepare("INSERT INTO dimensions (project_id, name) VALUES (?, 'Ours')")
      .run(idOf(rig.some('projects')));
    const before = dump(rig.db);
    expect(await rig.verify()).toMatchObject(clean);
    expect(await rig.verify({ repair: true })).toMatchObject(clean);
    expect(dump(rig.db)).toBe(before);
  });

  it('tells how far it is', async () => {
    const rig = await pulled();
    const seen: number[] = [];
    await rig.verify({ onProgress: ({ done, waiting }) => void seen.push(done + waiting) });
    expect(seen.at(-1)).toBe(everyList(rig).length);
  });
});

describe('what was tampered with in the mirror', () => {
  type Found = Partial<Pick<VerifyReport, 'missing' | 'extra'>> & {
    different?: Partial<Difference>[];
  };
  const cases: [string, (rig: Rig) => Found][] = [
    [
      'a value that is shown',
      (rig) => {
        const { id, title } = rig.some('goals') as JsonObject;
        tamper(rig, "UPDATE goals SET title = 'Tampered' WHERE id = ?", id);
        return {
          different: [
            {
              resource: 'goals',
              entity_id: id as number,
              field: 'title',
              mirror: 'Tampered',
              api: title ?? null,
            },
          ],
        };
      },
    ],
    [
      'a list, a boolean and a null that are shown',
      (rig) => {
        const { id } = rig.some('experiments');
        tamper(
          rig,
          "UPDATE experiments SET audience_ids = '[1,2]', is_multivariate = 7, status = NULL WHERE id = ?",
          id,
        );
        return {
          different: [
            { entity_id: id, field: 'status', mirror: null },
            { entity_id: id, field: 'audience_ids', mirror: [1, 2] },
            { entity_id: id, field: 'is_multivariate', mirror: 7, api: false },
          ],
        };
      },
    ],
    [
      'what the API last said',
      (rig) => {
        const { id } = rig.some('variations');
        tamper(rig, "UPDATE remote_variations SET body = json_set(body, '$.weight', 1) WHERE id = ?", id);
        return { different: [{ resource: 'variations', entity_id: id, field: 'weight', mirror: 1 }] };
      },
    ],
    [
      'what the API last said, beyond repair',
      (rig) => {
        const { id } = rig.some('dimensions');
        tamper(rig, "UPDATE remote_dimensions SET body = 'broken' WHERE id = ?", id);
        return {
          different: ['id', 'project_id', 'name'].map((field) => ({ entity_id: id, field, mirror: null })),
        };
      },
    ],
    [
      'the unlisted fields that derive from it',
      (rig) => {
        const { id } = rig.some('projects');
        tamper(rig, 'UPDATE remote_projects SET extra = NULL WHERE id = ?', id);
        return { different: [{ entity_id: id, field: 'extra', mirror: null }] };
      },
    ],
    [
      'the parent of an entity',
      (rig) => {
        const { id, project_id } = rig.some('audiences');
        tamper(rig, 'UPDATE remote_audiences SET parent_id = 4711 WHERE id = ?', id);
        return { different: [{ entity_id: id, field: 'project_id', mirror: 4711, api: project_id }] };
      },
    ],
    [
      'the parent that is shown',
      (rig) => {
        const [first, second] = rig.list('projects').map(idOf);
        const id = idOf(rig.list('goals', first)[0] ?? {});
        tamper(rig, 'UPDATE goals SET project_id = ? WHERE id = ?', second, id);
        return { different: [{ entity_id: id, field: 'project_id', mirror: second ?? 0, api: first ?? 0 }] };
      },
    ],
    [
      'a row that vanished',
      (rig) => {
        const { id } = rig.some('schedules');
        tamper(rig, 'DELETE FROM schedules WHERE id = ?', id);
        return { missing: [{ resource: 'schedules', entity_id: id }] };
      },
    ],
    [
      'an entity that vanished altogether',
      (rig) => {
        const { id } = rig.some('experiments', isPaused);
        tamper(rig, 'DELETE FROM experiments WHERE id = ?', id);
        tamper(rig, 'DELETE FROM remote_experiments WHERE id = ?', id);
        return { missing: [{ resource: 'experiments', entity_id: id }] };
      },
    ],
    [
      'a row that nobody made',
      (rig) => {
        const { id } = rig.some('projects');
        tamper(rig, "INSERT INTO goals (id, project_id, title) VALUES (99, ?, 'Planted')", id);
        tamper(rig, "INSERT INTO dimensions (id, project_id, name) VALUES (-99, ?, 'Planted')", id);
        return {
          extra: [
            { resource: 'dimensions', entity_id: -99 },
            { resource: 'goals', entity_id: 99 },
          ],
        };
      },
    ],
    [
      'an entity that the API never had, with all below it',
      (rig) => {
        const { id } = rig.some('projects');
        tamper(rig, 'INSERT INTO remote_experiments (id, parent_id, body) VALUES (98, ?, \'{"id":98}\')', id);
        tamper(rig, 'INSERT INTO experiments (id, project_id) VALUES (98, ?)', id);
        tamper(rig, 'INSERT INTO remote_variations (id, parent_id, body) VALUES (97, 98, \'{"id":97}\')');
        tamper(rig, 'INSERT INTO variations (id, experiment_id) VALUES (97, 98)');
        tamper(rig, "INSERT INTO stats (experiment_id, variation_id, goal_id) VALUES (98, '97', 5)");
        return {
          extra: [
            { resource: 'experiments', entity_id: 98 },
            { resource: 'stats', entity_id: '98/97/5' },
            { resource: 'variations', entity_id: 97 },
          ],
        };
      },
    ],
    [
      'rows below a parent that nobody knows',
      (rig) => {
        tamper(rig, 'INSERT INTO variations (id, experiment_id) VALUES (96, 4711)');
        tamper(rig, 'INSERT INTO remote_schedules (id, parent_id, body) VALUES (95, 4711, \'{"id":95}\')');
        tamper(rig, "INSERT INTO results (experiment_id, variation_id, goal_id) VALUES (4711, '96', 5)");
        tamper(rig, 'INSERT INTO goals (id, project_id) VALUES (94, 4712)');
        return {
          extra: [
            { resource: 'goals', entity_id: 94 },
            { resource: 'results', entity_id: '4711/96/5' },
            { resource: 'schedules', entity_id: 95 },
            { resource: 'variations', entity_id: 96 },
          ],
        };
      },
    ],
    [
      'rows of results',
      (rig) => {
        const [changed, gone] = rig.all(
          'SELECT * FROM stats ORDER BY experiment_id, variation_id, goal_id LIMIT 2',
        );
        const key = (row = {} as Record<string, unknown>) => [
          row.experiment_id,
          row.variation_id,
          row.goal_id,
        ];
        const where = 'WHERE experiment_id = ? AND variation_id = ? AND goal_id = ?';
        tamper(rig, `UPDATE stats SET visitors = visitors + 1, status = 'winner!' ${where}`, ...key(changed));
        tamper(rig, `DELETE FROM stats ${where}`, ...key(gone));
        tamper(
          rig,
          "INSERT INTO stats (experiment_id, variation_id, goal_id) VALUES (?, '1', 1)",
          changed?.experiment_id,
        );
        return {
          missing: [{ resource: 'stats', entity_id: key(gone).join('/') }],
          extra: [{ resource: 'stats', entity_id: `${changed?.experiment_id}/1/1` }],
          different: [
            {
              resource: 'stats',
              entity_id: key(changed).join('/'),
              field: 'visitors',
              api: changed?.visitors as number,
            },
            { field: 'status', mirror: 'winner!', api: changed?.status as string },
          ],
        };
      },
    ],
  ];

  it.each(cases)('is found and put right: %s', async (_, act) => {
    const rig = await pulled();
    const { missing = [], extra = [], different = [] } = act(rig);
    const before = dump(rig.db);
    const found = await rig.verify();
    const sorted = extra.toSorted((a, b) => a.resource.localeCompare(b.resource));
    const byResource = (report: VerifyReport) =>
      report.extra.toSorted((a, b) => a.resource.localeCompare(b.resource));
    expect(found.missing).toEqual(missing);
    expect(byResource(found)).toEqual(sorted);
    expect(found.different).toEqual(
      expect.arrayContaining(different.map((each) => expect.objectContaining(each))),
    );
    if (different.length === 0) expect(found.different).toEqual([]);
    expect(found.errors).toEqual([]);
    expect(dump(rig.db)).toBe(before);
    expect(names(await rig.verify({ repair: true }))).toEqual(names(found));
    expect(await rig.verify()).toMatchObject(clean);
    expectEqual(rig.db, rig.account);
  });

  it('below and beside edits that wait: the edits stay, the rest is put right', async () => {
    const rig = await pulled();
    const { id, percentage_included } = rig.some('experiments', isPaused) as JsonObject;
    rig.db.prepare("UPDATE experiments SET description = 'Ours' WHERE id = ?").run(id);
    tamper(rig, 'UPDATE experiments SET percentage_included = 1 WHERE id = ?', id);
    const found = await rig.verify({ repair: true });
    expect(found.different).toEqual([
      {
        resource: 'experiments',
        entity_id: id,
        field: 'percentage_included',
        mirror: 1,
        api: percentage_included,
      },
    ]);
    expect(rig.all('SELECT description, percentage_included FROM experiments WHERE id = ?', id)).toEqual([
      { description: 'Ours', percentage_included },
    ]);
    expect(rig.all('SELECT op, status FROM outbox')).toEqual([{ op: 'update', status: 'pending' }]);
  });
});

describe('what changed on the server since the last pull', () => {
  it('is found, and repaired as a pull would: with its history, and conflicts where edits wait', async () => {
    const rig = await pulled();
    const [edited, gone] = rig.list('experiments').filter(isPaused).map(idOf);
    const before = rig.account.get('experiments', edited ?? 0)?.description;
    rig.account.update('experiments', edited ?? 0, { description: 'Theirs' });
    const below = [...rig.list('variations', gone), ...rig.list('schedules', gone)].length;
    rig.account.remove('experiments', gone ?? 0);
    const made = rig.account.create('experiments', idOf(rig.some('projects')), {
      description: 'New',
      edit_url: 'https://a.b/',
    });
    rig.db.prepare("UPDATE experiments SET description = 'Ours' WHERE id = ?").run(edited);
    const found = await rig.verify();
    expect(found.missing.filter(({ resource }) => resource === 'experiments')).toEqual([
      { resource: 'experiments', entity_id: made.id },
    ]);
    expect(found.missing.filter(({ resource }) => resource === 'variations')).toHaveLength(2);
    expect(found.extra).toContainEqual({ resource: 'experiments', entity_id: gone });
    expect(
      found.extra.filter(({ resource }) => resource === 'variations' || resource === 'schedules'),
    ).toHaveLength(below);
    expect(found.different).toContainEqual({
      resource: 'experiments',
      entity_id: edited,
      field: 'description',
      mirror: before,
      api: 'Theirs',
    });
    expect(rig.one('SELECT count(*) FROM changes')).toBe(0);
    const { run_id } = await rig.verify({ repair: true });
    expect(rig.one("SELECT count(*) FROM changes WHERE run_id = ? AND field = 'description'", run_id)).toBe(
      1,
    );
    expect(rig.all('SELECT op, status FROM outbox')).toEqual([{ op: 'update', status: 'conflict' }]);
    expect(rig.one('SELECT description FROM experiments WHERE id = ?', edited)).toBe('Ours');
    expect(await rig.verify()).toMatchObject(clean);
  });

  it('is not believed where much is lacking at once: found, kept and named, until that is accepted', async () => {
    const rig = await pulled({ account: { projects: 2, experimentsPerProject: 12 } });
    const project = idOf(rig.some('projects'));
    for (const each of rig.list('experiments', project).slice(0, 10))
      rig.account.removeSilently('experiments', idOf(each));
    const before = dump(rig.db);
    const kept = await rig.verify({ repair: true });
    expect(kept.extra.filter(({ resource }) => resource === 'experiments')).toHaveLength(10);
    expect(kept).toMatchObject({
      status: 'partial',
      errors: [{ resource: 'experiments', parent_id: project }],
    });
    expect(dump(rig.db)).toBe(before);
    await rig.verify({ repair: true, acceptDeletions: true });
    expect(await rig.verify()).toMatchObject({ extra: [], errors: [] });
  });

  it('a project that is no longer listed is named, and kept', async () => {
    const rig = await pulled();
    const [gone] = rig.list('projects').map(idOf);
    rig.account.removeSilently('projects', gone ?? 0);
    const before = dump(rig.db);
    const report = await rig.verify({ repair: true });
    expect(report.extra).toEqual([{ resource: 'projects', entity_id: gone }]);
    expect(report.errors).toMatchObject([{ resource: 'projects', parent_id: null }]);
    expect(dump(rig.db)).toBe(before);
  });
});

describe('a list that can not be read', () => {
  it('is named, and says nothing of what the mirror has', async () => {
    const rig = await pulled();
    const project = idOf(rig.some('projects'));
    rig.account.forbid(`projects/${project}/goals`);
    tamper(rig, 'INSERT INTO variations (id, experiment_id) VALUES (96, 4711)');
    const report = await rig.verify({ repair: true });
    expect(report).toMatchObject({
      status: 'partial',
      missing: [],
      different: [],
      errors: [{ resource: 'goals', parent_id: project, status: 403 }],
    });
    expect(report.extra).toEqual([{ resource: 'variations', entity_id: 96 }]);
  });

  it('hides what lies below it: nothing there is an orphan', async () => {
    const rig = await pulled();
    const project = idOf(rig.some('projects'));
    rig.account.forbid(`projects/${project}/experiments`);
    tamper(rig, 'INSERT INTO variations (id, experiment_id) VALUES (96, 4711)');
    const before = dump(rig.db);
    const report = await rig.verify({ repair: true });
    expect(report).toMatchObject({ status: 'partial', missing: [], extra: [], different: [] });
    expect(dump(rig.db)).toBe(before);
  });

  it('a broken member is named once, and nothing of its list is extra', async () => {
    const rig = await pulled();
    const project = idOf(rig.some('projects'));
    const [broken, gone] = rig.list('dimensions', project).map(idOf);
    rig.account.plant('dimensions', broken ?? 0, { name: 5 });
    rig.account.remove('dimensions', gone ?? 0);
    for (const repair of [false, true]) {
      const report = await rig.verify({ repair });
      expect(report).toMatchObject({
        extra: [],
        missing: [],
        errors: [{ resource: 'dimensions', parent_id: project }],
      });
      expect(report.errors).toHaveLength(1);
    }
  });

  it('a refused token ends it, and the run says so', async () => {
    const rig = await pulled();
    rig.account.forbid('projects');
    await expect(rig.verify()).rejects.toMatchObject({ exit: 5 });
    expect(rig.one('SELECT status FROM sync_runs ORDER BY run_id DESC LIMIT 1')).toBe('failed');
  });

  it('an interruption ends it', async () => {
    const rig = await pulled();
    await expect(rig.verify({ signal: AbortSignal.abort() })).rejects.toMatchObject({ exit: 130 });
    expect(rig.one('SELECT status FROM sync_runs ORDER BY run_id DESC LIMIT 1')).toBe('interrupted');
  });
});

it('a mirror that was never pulled lacks everything, and is filled by a repair', async () => {
  const rig = new Rig();
  const report = await rig.verify({ repair: true });
  expect(report.missing.length).toBe(report.checked);
  expect(rig.one('SELECT count(*) FROM changes')).toBe(0);
  expectEqual(rig.db, rig.account);
  expect(await rig.verify()).toMatchObject(clean);
});
