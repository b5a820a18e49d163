/** A field that only a create may give, edited while that create is on the wire. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import Sqlite from 'better-sqlite3';
import { expect, it } from 'vitest';
import type { Transport } from '../../src/api/transport.ts';
import { OptimizelyClient, openMirror } from '../../src/index.ts';
import { SandboxAccount, sandboxTransport } from '../../src/sandbox/index.ts';

it('is never lost: the edit stays, and says why it can not follow', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'optimirror-'));
  const db = path.join(folder, 'mirror.db');
  const account = new SandboxAccount({ now: () => 1_700_000_000_000, projects: 1, experimentsPerProject: 1 });
  const inner = sandboxTransport(account);
  const transport: Transport = {
    async send(request) {
      if (request.method === 'POST') {
        const other = new Sqlite(db);
        other.exec("UPDATE goals SET event = 'later', title = 'Later' WHERE id < 0");
        other.close();
      }
      return inner.send(request);
    },
    close: () => inner.close(),
  };
  const mirror = openMirror({ db, client: new OptimizelyClient({ transport, rate: 0 }) });
  await mirror.pull();
  const [project] = await mirror.projects.get();
  const project_id = project?.id ?? 0;
  await mirror.goals.create({ project_id, title: 'Now', goal_type: 1, event: 'now' });
  const report = await mirror.push();
  expect(report.pushed).toMatchObject([{ op: 'create' }]);
  expect(report.failed).toMatchObject([
    { message: expect.stringContaining('event can be given only to a create') },
  ]);
  expect(mirror.sql('SELECT field, local_value FROM outbox_changes ORDER BY field')).toEqual([
    { field: 'event', local_value: '"later"' },
    { field: 'title', local_value: '"Later"' },
  ]);
  mirror.close();
  fs.rmSync(folder, { recursive: true });
});
