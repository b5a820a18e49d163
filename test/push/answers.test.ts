/** Answers to writes that are other than the sandbox's: with fields left out, as the vendor's lists leave some out, or another status. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import type { JsonObject } from '../../src/api/description.ts';
import type { Transport } from '../../src/api/transport.ts';
import { OptimizelyClient, openMirror } from '../../src/index.ts';
import { SandboxAccount, sandboxTransport } from '../../src/sandbox/index.ts';
import { smallBench } from './small.ts';

/** Takes a field out of every answer to a write. */
function forgetful(transport: Transport, field: string): Transport {
  return {
    ...transport,
    async send(request) {
      const answer = await transport.send(request);
      if (request.method === 'GET' || answer.body === '') return answer;
      const { [field]: _, ...rest } = JSON.parse(answer.body) as JsonObject;
      return { ...answer, body: JSON.stringify(rest) };
    },
    close: () => transport.close(),
  };
}

it('keeps what an answer to a PUT or POST leaves out', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'optimirror-'));
  const account = new SandboxAccount({ now: () => 1_700_000_000_000, projects: 1, experimentsPerProject: 1 });
  const [project] = account.list('projects');
  const id = project?.id as number;
  account.update('projects', id, { project_javascript: 'keep()' });
  const client = new OptimizelyClient({
    transport: forgetful(sandboxTransport(account), 'project_javascript'),
    rate: 0,
  });
  const mirror = openMirror({ db: path.join(folder, 'mirror.db'), client });
  await mirror.pull();
  await mirror.projects.update(id, { project_name: 'Renamed' });
  await mirror.projects.create({ project_name: 'New', project_javascript: 'sent()' });
  const report = await mirror.push();
  expect(report).toMatchObject({ pushed: [{ op: 'update' }, { op: 'create' }], notices: [], remaining: 0 });
  expect(mirror.sql('SELECT project_javascript AS js FROM projects ORDER BY id')).toEqual([
    { js: 'keep()' },
    { js: 'sent()' },
  ]);
  expect(mirror.sql('SELECT count(*) AS n FROM changes')).toEqual([{ n: 0 }]);
  mirror.close();
  fs.rmSync(folder, { recursive: true });
});

it.each([undefined, 200])(
  'the push log has the status that came, and not the usual one: %s',
  async (success) => {
    const bench = await smallBench();
    bench.set('projects', bench.small.project, { project_name: 'Renamed' });
    bench.make('audiences', { project_id: bench.small.project, name: 'New' });
    bench.remove('goals', bench.small.goal);
    bench.wire.success = success;
    expect(await bench.push({ yes: true })).toMatchObject({ exit: 0, remaining: 0 });
    const statuses = Object.fromEntries(bench.log().map(({ op, status }) => [op, status]));
    expect(statuses).toEqual({ update: success ?? 202, create: success ?? 201, delete: success ?? 204 });
  },
);
