/** What a push costs: requests that grow with the lists rather than the edits, work that grows with the edits alone. */
import { describe, expect, it } from 'vitest';
import type { EntityName } from '../../src/api/resources.ts';
import { SandboxAccount } from '../../src/sandbox/index.ts';
import { type Bench, startBench } from './bench.ts';
import { noon } from './wire.ts';

/** An account of so many projects, each with so many experiments, goals and audiences. */
function accountOf(projects: number, each: number): SandboxAccount {
  const account = new SandboxAccount({ projects: 0, now: () => noon });
  for (let p = 0; p < projects; p++) {
    const project = account.create('projects', null, { project_name: `project ${p}` }).id as number;
    for (let n = 0; n < each; n++) {
      account.create('experiments', project, {
        description: `experiment ${n}`,
        edit_url: 'https://x.example/',
      });
      account.create('goals', project, { title: `goal ${n}`, goal_type: 1, event: `event${n}` });
      account.create('audiences', project, { name: `audience ${n}` });
    }
  }
  return account;
}

const fields: [EntityName, string][] = [
  ['experiments', 'custom_css'],
  ['goals', 'description'],
  ['audiences', 'description'],
];

/** Edits so many entities, spread over all projects and kinds. */
function editMany(bench: Bench, count: number): void {
  const ids = fields.map(([resource]) =>
    bench.rows(`SELECT id FROM ${resource} ORDER BY id`).map(({ id }) => id),
  );
  bench.plain.transaction(() => {
    for (let n = 0; n < count; n++) {
      const kind = n % fields.length;
      const [resource, field] = fields[kind] ?? ['goals', 'title'];
      const id = ids[kind]?.[Math.floor(n / fields.length)];
      bench.set(resource, id as number, { [field]: `edit ${n}` });
    }
  })();
}

/** How many SQL statements the program's own connection runs meanwhile. */
async function statements(bench: Bench, act: () => Promise<unknown>): Promise<number> {
  const prototype = Object.getPrototypeOf(bench.db.prepare('SELECT 1'));
  const original = { run: prototype.run, get: prototype.get, all: prototype.all };
  let count = 0;
  for (const [name, method] of Object.entries(original))
    prototype[name] = function counted(this: { database: unknown }, ...values: unknown[]) {
      if (this.database === bench.db) count++;
      return method.apply(this, values);
    };
  try {
    await act();
  } finally {
    Object.assign(prototype, original);
  }
  return count;
}

describe('500 edits of experiments, goals and audiences over 5 projects', () => {
  it('cost at most 500 writes and 40 reads', async () => {
    const bench = await startBench(accountOf(5, 34));
    editMany(bench, 500);
    const report = await bench.push();
    expect(report).toMatchObject({ exit: 0, remaining: 0 });
    expect(report.pushed).toHaveLength(500);
    expect(bench.writes()).toHaveLength(500);
    expect(bench.reads().length).toBeLessThanOrEqual(40);
    expect(report.requests).toBe(bench.sandbox.requests.length);
  });
});

describe('many edits', () => {
  it('cost the same each, however many they are', async () => {
    const cost = async (count: number) => {
      const bench = await startBench(accountOf(1, Math.ceil(count / 3)));
      editMany(bench, count);
      const spent = await statements(bench, () => bench.push());
      expect(bench.outbox()).toEqual([]);
      return spent / count;
    };
    const [few, many] = [await cost(90), await cost(900)];
    expect(many).toBeLessThan(few * 1.1);
  });

  it('and creates as well', async () => {
    const cost = async (count: number) => {
      const bench = await startBench(accountOf(1, 1));
      const project = bench.rows('SELECT id FROM projects')[0]?.id as number;
      bench.plain.transaction(() => {
        for (let n = 0; n < count; n++) bench.make('audiences', { project_id: project, name: `new ${n}` });
        for (let n = 0; n < count; n++) {
          const experiment = bench.make('experiments', {
            project_id: project,
            description: `new ${n}`,
            edit_url: 'https://x.example/',
          });
          bench.make('variations', { experiment_id: experiment, description: 'first' });
        }
      })();
      const spent = await statements(bench, () => bench.push());
      expect(bench.outbox()).toEqual([]);
      return spent / count;
    };
    const [few, many] = [await cost(10), await cost(100)];
    expect(many).toBeLessThan(few * 1.2);
  });
});
