/** What a narrow terminal has no room for is named, numbers stay whole, and notes speak of what is shown. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/api/description.ts';
import { listEntities } from '../../src/query/list.ts';
import { reports } from '../../src/query/reports/index.ts';
import { day, Scene } from '../query/scene.ts';
import { runHere } from './in-process.ts';

let scene: Scene;
let experiment: number;

beforeAll(async () => {
  scene = new Scene({ projects: 2, experimentsPerProject: 8 });
  await scene.pull();
  const [running] = listEntities(scene.db, 'stats', { where: "status = 'winner'" });
  experiment = Number(running?.experiment_id);
});
afterAll(() => scene.close());

const run = (columns: number | undefined, ...args: string[]) =>
  runHere(scene.file, scene.effects, args, columns === undefined ? {} : { columns });

/** The titles in the first line of a table. */
const titles = (stdout: string) => stdout.split('\n')[0]?.trim().split(/ {2,}/) ?? [];

/** What stderr says is not shown. */
function leftOut(stderr: string): string[] {
  const [, names = ''] = /Not shown for want of width: (.*?) \(to see them: /.exec(stderr) ?? [];
  return names === '' ? [] : names.split(', ');
}

const columnReports = reports.map(({ name }) => name).filter((name) => name !== 'experiment');

describe('on a terminal of 80 cells', () => {
  test.each(columnReports)('report %s names the columns that it leaves out', async (name) => {
    const [wide, narrow] = [await run(400, 'report', name), await run(80, 'report', name)];
    expect(leftOut(wide.stderr)).toEqual([]);
    const missing = titles(wide.stdout).filter((title) => !titles(narrow.stdout).includes(title));
    expect(leftOut(narrow.stderr)).toEqual(missing);
    if (missing.length > 0) expect(narrow.stderr).toMatch(/a wider terminal, --format csv or --json/);
  });

  test('list names the columns that it leaves out, and --columns shows them', async () => {
    const { stdout, stderr } = await run(80, 'list', 'experiments');
    expect(leftOut(stderr)).toContain('last_modified');
    expect(titles(stdout)).not.toContain('last_modified');
    const chosen = await run(80, 'list', 'experiments', '--columns', 'id,last_modified');
    expect(titles(chosen.stdout)).toEqual(['id', 'last_modified']);
    expect(leftOut(chosen.stderr)).toEqual([]);
  });

  test.each(['results', 'stats'])('list %s shows which row it is, then its figures', async (name) => {
    const { stdout, stderr } = await run(80, 'list', name, '--where', "instr(variation_id, '_') = 0");
    expect(titles(stdout)).toEqual([
      ...['experiment_id', 'variation_id', 'goal_id', 'visitors', 'conversions', 'improvement'],
    ]);
    expect(leftOut(stderr)[0]).toBe(name === 'stats' ? 'statistical_significance' : 'confidence');
    const wide = titles((await run(300, 'list', name)).stdout);
    expect(wide.slice(0, 5)).toEqual([
      ...['experiment_id', 'variation_id', 'variation_name', 'goal_id', 'goal_name'],
    ]);
  });

  test('the outbox names the column that it leaves out', async () => {
    const long = 'A name that goes on beyond what can be shown';
    const args = [
      'edit',
      'experiments',
      String(experiment),
      `description=${long}`,
      'edit_url=https://a.example/',
    ];
    expect(await run(undefined, ...args)).toMatchObject({ status: 0 });
    const narrow = await run(80, 'outbox');
    expect(leftOut(narrow.stdout.replaceAll(/\s+/g, ' '))).toEqual(['entity']);
    expect((await run(undefined, 'outbox')).stdout).not.toContain('Not shown');
  });

  test('get says that what is cut goes on', async () => {
    const [whole, cut] = [
      await run(2000, 'get', 'experiments', String(experiment)),
      await run(40, 'get', 'experiments', String(experiment)),
    ];
    expect(whole).toMatchObject({ stdout: expect.not.stringContaining('…'), stderr: '' });
    expect(cut).toMatchObject({
      stdout: expect.stringContaining('…'),
      stderr: expect.stringMatching(/--json/),
    });
  });

  test('a name keeps at least sixteen cells', async () => {
    const { stdout } = await run(80, 'report', 'overview');
    const [head = '', ...rows] = stdout.split('\n');
    expect(head.indexOf('status') - head.indexOf('experiment')).toBeGreaterThanOrEqual(18);
    expect(rows.length).toBeGreaterThan(5);
  });
});

test.each([40, 60, 80])('no number is cut on a terminal of %i cells', async (columns) => {
  const sql = 'SELECT experiment_id, goal_name, variation_id, visitors, conversion_rate FROM stats';
  const rows = JSON.parse((await run(undefined, 'sql', sql, '--json')).stdout) as JsonObject[];
  const { stdout } = await run(columns, 'sql', sql);
  for (const { experiment_id, variation_id, conversion_rate } of rows)
    for (const number of [experiment_id, variation_id, conversion_rate ?? 0])
      expect(stdout).toContain(String(number));
  expect(stdout).not.toMatch(/\d…/);
});

describe('what has to be known', () => {
  const ofIntervals = /The interval is that of/;

  test('of a column is said where the column is, and nowhere else', async () => {
    expect((await run(200, 'report', 'overview')).stderr).toMatch(ofIntervals);
    const narrow = await run(80, 'report', 'overview');
    expect(titles(narrow.stdout)).not.toContain('interval');
    expect(narrow.stderr).not.toMatch(ofIntervals);
    expect(narrow.stderr).toMatch(/Improvements and verdicts are/);
  });

  test('of two columns is said of each by itself', async () => {
    const told = (stderr: string) =>
      ['also wins', 'but loses'].filter((one) => stderr.includes(`\`${one}\` counts`));
    for (const columns of [80, 110, 120, 130, 140, 150, 400]) {
      const { stdout, stderr } = await run(columns, 'report', 'winners');
      const shown = titles(stdout).filter((title) => / (wins|loses)$/.test(title));
      expect(told(stderr)).toEqual(shown);
    }
  });

  test('is not said of a report without it, whatever its format', async () => {
    const parts = ['report', 'experiment', String(experiment), '--section'];
    for (const section of ['traffic', 'trend'])
      expect((await run(200, ...parts, section)).stderr).not.toMatch(ofIntervals);
    const page = await run(undefined, ...parts, 'traffic', '--format', 'markdown');
    expect(page.stdout).not.toMatch(ofIntervals);
  });

  test('is not said of a report without rows', async () => {
    const { stdout, stderr } = await run(200, 'report', 'changes');
    expect({ stdout, stderr }).toEqual({ stdout: 'No pull has seen a change in that time.\n', stderr: '' });
  });
});

test('what was counted once is told, and not drawn', async () => {
  const args = ['report', 'experiment', String(experiment), '--section', 'trend'];
  const once = await run(80, ...args);
  expect(once.stdout).toMatch(/^Original +\d+\.\d\d %$/m);
  expect(once.stdout).toMatch(/^Counted once so far: \d{4}-\d\d-\d\d \d\d:\d\d$/m);
  expect(once.stdout).not.toMatch(/[▁█]/);
  scene.pass(day);
  await scene.pull();
  const twice = await run(80, ...args);
  expect(twice.stdout).toMatch(/[▁█]{10}/);
  expect(twice.stdout).toMatch(/\d{4}-\d\d-\d\d to \d{4}-\d\d-\d\d/);
});
