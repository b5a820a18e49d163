/** Tables fit the terminal: no line of one is wider than it, whatever stands in the mirror. */
import os from 'node:os';
import stringWidth from 'string-width';
import { beforeAll, describe, expect, test } from 'vitest';
import { OptimizelyClient } from '../../src/api/client.ts';
import { resourceNames } from '../../src/api/resources.ts';
import { reports } from '../../src/query/reports/index.ts';
import { systemEffects } from '../../src/system.ts';
import { runHere } from './in-process.ts';
import { copyOf, first, pulledWorld, temporaryFolder, type World } from './support.ts';

const wide =
  '日本語の名前です 🦜 a name that goes on and on, beyond the right edge of any terminal that anybody has';
let world: World;
let experiment: string;

beforeAll(async () => {
  world = await pulledWorld();
  const { id } = await first<{ id: number }>(
    world,
    "SELECT id FROM experiments WHERE status = 'Running' AND experiment_type = 'ab'",
  );
  experiment = String(id);
  const long = `a { color: red }\n${'b '.repeat(200)}`;
  await world.json(0, 'edit', 'experiments', experiment, `description=${wide}`, `custom_css=${long}`);
  world.sandbox.account.update('experiments', id, { description: `Theirs: ${wide}` });
  await world.json(0, 'pull');
});

/** The lines that are wider than the terminal; a sentence may go on in its next line. */
async function tooWide(
  columns: number,
  args: readonly string[],
  ends = 0,
  { db, sandbox } = world,
): Promise<string[]> {
  const { url: base, token } = sandbox;
  const connect = async () => new OptimizelyClient({ base, token, rate: 0 });
  const online = { token, connect };
  const { status, stdout, stderr } = await runHere(db, systemEffects, args, { columns }, online);
  expect({ status, stderr: status === ends ? '' : stderr }).toEqual({ status: ends, stderr: '' });
  expect(stdout).not.toBe('');
  // A path stands as it is, however long the machine's own folder for temporary files makes it.
  const lines = stdout.replaceAll(os.tmpdir(), '/tmp').split('\n');
  return lines.filter((line) => stringWidth(line) > columns && !/^Waits to be/.test(line));
}

const tables: readonly (readonly string[])[] = [
  ...resourceNames.map((name) => ['list', name]),
  ['sql', 'SELECT * FROM experiments'],
  ['sql', 'SELECT id, description, edit_url, url_conditions FROM experiments'],
  ['sql', 'SELECT * FROM stats_history LIMIT 5'],
  ['get', 'experiments'],
  ...reports.filter(({ name }) => name !== 'experiment').map(({ name }) => ['report', name]),
  ['report', 'experiment'],
];

describe.each([60, 80, 132])('on a terminal of %i cells', (columns) => {
  test.each(tables)('%s %s fits', async (...args: string[]) => {
    const whole = ['get', 'report'].includes(args[0] ?? '') && /^experiments?$/.test(args[1] ?? '');
    expect(await tooWide(columns, whole ? [...args, experiment] : args)).toEqual([]);
  });

  test('status, the outbox and an export fit', async () => {
    expect(await tooWide(columns, ['status'])).toEqual([]);
    expect(await tooWide(columns, ['outbox'])).toEqual([]);
    const out = temporaryFolder();
    expect(await tooWide(columns, ['export', '--format', 'csv', '--out', out])).toEqual([]);
  });

  test('what a push would send and holds back fits', async () => {
    const copy = copyOf(world);
    const { id } = await first<{ id: number }>(copy, 'SELECT id FROM goals WHERE is_editable IS NOT 0');
    await copy.json(0, 'edit', 'goals', String(id), `title=${wide}`, 'description=none');
    const { experiment: paused } = await first<{ experiment: number }>(
      copy,
      "SELECT id AS experiment FROM experiments WHERE status = 'Paused' AND experiment_type = 'ab'",
    );
    await copy.json(0, 'edit', 'experiments', String(paused), 'status=Running', `description=${wide}`);
    expect(await tooWide(columns, ['push', '--dry-run'], 3, copy)).toEqual([]);
  });

  test('a long name does not tear the headline of a change', async () => {
    const { stdout } = await runHere(world.db, systemEffects, ['outbox', 'diff'], { columns });
    const [headline = ''] = stdout.split('\n');
    expect(stringWidth(headline)).toBeLessThanOrEqual(Math.max(columns, 72));
    expect(headline).toMatch(/^#1 update experiment \d+ .*… · conflict$/);
  });
});

test('elsewhere nothing is cut', async () => {
  const { stdout } = await runHere(world.db, systemEffects, [
    'list',
    'experiments',
    '--columns',
    'id,description',
  ]);
  expect(stdout).toContain(wide);
});
