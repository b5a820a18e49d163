/** `optimirror report`, and `--as-of`, as people and programs meet them. */
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/api/description.ts';
import { fitColumns, type Giving, type GridColumn } from '../../src/cli/format/grid.ts';
import { scaleOf, sparkline } from '../../src/cli/format/picture.ts';
import { prepareWidths, widthOf } from '../../src/cli/format/width.ts';
import { guarded } from '../../src/db/transaction.ts';
import { listEntities } from '../../src/query/list.ts';
import { reports } from '../../src/query/reports/index.ts';
import { day, idOf, Scene } from '../query/scene.ts';
import { runHere, type Terminal } from './in-process.ts';
import { pulledWorld } from './support.ts';

/** It would set a title, clear the screen, and turn the rest of the line around. */
const evil = 'a \u001b]0;gotcha\u0007\u001b[2J\u202e b\nc | <script> *d*';

let world: Scene;
let experiment: number;
let renamedAt: number;

beforeAll(async () => {
  world = new Scene({ projects: 2, experimentsPerProject: 8 });
  await world.pull();
  for (let round = 0; round < 4; round++) {
    world.pass(day);
    await world.pull();
  }
  const [running] = listEntities(world.db, 'stats', {
    where: 'experiment_id IN (SELECT experiment_id FROM running_experiments)',
  });
  experiment = Number(running?.experiment_id);
  renamedAt = world.now;
  world.pass(day);
  world.account.plant('experiments', experiment, { description: evil });
  await world.pull();
});
afterAll(() => world.close());

const run = (args: string, terminal: Terminal = {}) =>
  runHere(world.file, world.effects, args.split(' '), terminal);
const json = async (args: string) => JSON.parse((await run(`${args} --json`)).stdout) as JsonObject;
const reportArgs = reports.map(({ name }) => name);
const argsOf = (name: string) => `report ${name}${name === 'experiment' ? ` ${experiment}` : ''}`;

describe('optimirror report', () => {
  it.each(reportArgs)('%s is one JSON document that says what was asked and when', async (name) => {
    const document = await json(argsOf(name));
    expect(document).toMatchObject({ report: name, at: new Date(world.now).toISOString(), as_of: null });
    const tables = Object.values(document).filter(Array.isArray);
    expect(tables.length).toBeGreaterThan(0);
  });

  it.each(reportArgs)('%s is CSV whose columns are those of its JSON', async (name) => {
    const { stdout, status } = await run(`${argsOf(name)} --format csv`);
    expect(status).toBe(0);
    const [header = []] = parse(stdout) as string[][];
    const document = await json(argsOf(name));
    const main = name === 'experiment' ? document.results : Object.values(document).find(Array.isArray);
    const [first] = main as JsonObject[];
    if (first) expect(header).toEqual(Object.keys(first));
  });

  it('has booleans as CSV that are those of its JSON, and of list', async () => {
    const { stdout } = await run(`${argsOf('experiment')} --format csv`);
    const rows = parse(stdout, { columns: true }) as Record<string, string>[];
    const { results } = (await json(argsOf('experiment'))) as { results: JsonObject[] };
    expect(rows.map((row) => row.is_revenue)).toEqual(results.map((row) => String(row.is_revenue)));
    expect(new Set(rows.map((row) => row.is_revenue))).toEqual(new Set(['true', 'false']));
  });

  it('experiment is one table as CSV, which says on stderr what else there is', async () => {
    const { stderr } = await run(`${argsOf('experiment')} --format csv`);
    const parts = Object.keys(await json(argsOf('experiment'))).slice(4);
    const others = parts.filter((name) => name !== 'results').join(', ');
    expect(stderr).toBe(
      `CSV is one table: this is the section results. --section gives another: ${others}.\n`,
    );
    expect((await run(`${argsOf('experiment')} --format csv --section trend`)).stderr).toBe('');
    expect((await run('report overview --format csv')).stderr).toBe('');
  });

  it.each(reportArgs)('%s fits into a terminal of 80 cells, and of 40', async (name) => {
    for (const columns of [80, 40]) {
      const { stdout } = await run(argsOf(name), { columns });
      const lines = stdout.split('\n');
      await prepareWidths(lines);
      for (const line of lines) expect(widthOf(line), line).toBeLessThanOrEqual(columns);
    }
  });

  it.each(['table', 'markdown', 'csv'])(
    'a name that would act in a terminal does not: %s',
    async (format) => {
      for (const name of format === 'csv' ? ['overview', 'changes'] : reportArgs) {
        const { stdout } = await run(`${argsOf(name)} --format ${format}`, { columns: 200 });
        expect(stdout).not.toContain('\u001b');
        expect(stdout).not.toContain('\u0007');
        expect(stdout).not.toContain('\u202e');
        if (!['stale', 'winners', 'power'].includes(name)) expect(stdout).toMatch(/\\e\\?\]0;gotcha/);
      }
    },
  );

  it('is Markdown in which a name neither ends its cell nor becomes HTML', async () => {
    const { stdout } = await run('report overview --format markdown');
    expect(stdout).toContain('\\| \\<script\\> \\*d\\*');
    const table = stdout.split('\n').filter((line) => line.startsWith('|'));
    const cells = (line: string) => line.replaceAll(/\\./g, '').split('|').length;
    for (const line of table) expect(cells(line), line).toBe(cells(table[0] ?? ''));
  });

  it('is Markdown whose notes are as they are written', async () => {
    const { stdout } = await run('report winners --format markdown');
    expect(stdout).toContain('\n`also wins` counts other goals on which the same variation wins.\n');
    expect(stdout).toContain('docs/statistics.md');
  });

  it('says of visitors still needed that they are more than the API counts, and gives programs its number', async () => {
    const everywhere = world.db.prepare(
      'UPDATE stats SET visitors_until_statistically_significant = 1000000 WHERE variation_id <> baseline_id',
    );
    guarded(world.db, () => everywhere.run());
    const table = await run('report power', { columns: 120 });
    expect(table.stdout).toMatch(/ > 1,000,000 .* - /);
    expect(table.stderr).toContain('more than it counts (`>`)');
    expect((await run('report power --format markdown')).stdout).toContain('| \\> 1,000,000 |');
    expect((await run('report power --format csv')).stdout).toContain(',1000000,api,');
    expect((await json('report power')).power).toContainEqual(
      expect.objectContaining({ visitors_needed: 1_000_000, days_needed: null, ready_at: null }),
    );
    await world.pull({ full: true });
    expect((await run('report power', { columns: 120 })).stderr).not.toContain('more than it counts');
  });

  it('gives a spreadsheet the texts of changes as they are, and anything else as JSON', async () => {
    const { stdout } = await run('report changes --format csv');
    const rows = parse(stdout, { columns: true }) as Record<string, string>[];
    const named = rows.find(({ field }) => field === 'description');
    const { changes } = (await json('report changes')) as { changes: JsonObject[] };
    const told = changes.find(({ field }) => field === 'description');
    expect(named).toMatchObject({ old_value: told?.old_value, new_value: evil });
    const section = await run(`${argsOf('experiment')} --section changes --format csv`);
    const [newest] = parse(section.stdout, { columns: true }) as Record<string, string>[];
    expect(newest).toMatchObject({ field: 'description', new_value: evil });
  });

  it('keeps every character for programs', async () => {
    const document = await json('report overview');
    const names = (document.experiments as JsonObject[]).map((row) => row.experiment);
    expect(names).toContain(evil);
  });

  it('draws each variation over time in a line', async () => {
    const { stdout } = await run(argsOf('experiment'));
    const lines = stdout.split('\n').filter((line) => /[▁▂▃▄▅▆▇█]{10}/.test(line));
    const variations = listEntities(world.db, 'variations', { where: `experiment_id = ${experiment}` });
    expect(lines).toHaveLength(variations.length);
  });

  it('shows one part where asked, and says which there are', async () => {
    const { stdout } = await run(`${argsOf('experiment')} --section traffic --format csv`);
    expect(stdout).toMatch(/^variation_id,variation,weight,is_paused/);
    expect(await run(`${argsOf('experiment')} --section trafic`)).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/no section "trafic"; did you mean traffic/),
    });
  });

  it.each([
    ['report overvew', /no report "overvew"; did you mean overview/],
    ['report experiment', /which experiment\?/],
    ['report experiment x', /an id is a whole number/],
    ['report overview 5', /takes no ID; these do: experiment/],
    ['report power --status Running', /power takes no --status; these do: overview, winners/],
    ['report stale --since 3d', /stale takes no --since/],
    ['report overview --status Runing', /no status "Runing"; did you mean Running/],
    ['report overview --format markdwn', /no format "markdwn"; did you mean markdown/],
    ['report overview --json --format csv', /contradict each other/],
    ['report overview --limit -1', /--limit is a whole number from 0 on/],
    ['report changes --since yesterday', /--since is a time such as/],
  ])('%s is refused with 2', async (args, words) => {
    const { status, stdout, stderr } = await run(args);
    expect(stderr).toMatch(words);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  });

  it('ends with 1 for an experiment that the mirror does not have', async () => {
    expect(await run('report experiment 5')).toMatchObject({ status: 1, stdout: '' });
  });

  it('explains every report in its help', async () => {
    const { stdout } = await run('report --help');
    for (const { name, about } of reports) {
      expect(stdout).toContain(name);
      expect(stdout.replaceAll(/\s+/g, ' ')).toContain(about);
    }
  });
});

describe('--as-of', () => {
  const earlier = () => new Date(renamedAt).toISOString();

  it('shows list, get and report as they were', async () => {
    const then = await json(`get experiments ${experiment} --as-of ${earlier()}`);
    const now = await json(`get experiments ${experiment}`);
    expect(now.description).toBe(evil);
    expect(then.description).not.toBe(evil);
    const { stdout } = await run(`list experiments --as-of 25h --where id=${experiment} --json`);
    expect(JSON.parse(stdout)).toMatchObject([{ description: then.description }]);
    const overview = await json(`report overview --as-of ${earlier()}`);
    expect(overview).toMatchObject({ as_of: earlier(), at: earlier() });
    const row = (overview.experiments as JsonObject[]).find((each) => each.experiment_id === experiment);
    expect(row?.experiment).toBe(then.description);
  });

  it('counts --since back from that moment', async () => {
    const { asked } = await json(`report changes --since 2d --as-of ${earlier()}`);
    expect(asked).toEqual({ since: new Date(renamedAt - 2 * day).toISOString() });
    expect(
      await run(`report changes --since ${new Date(world.now).toISOString()} --as-of ${earlier()}`),
    ).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/--since has to lie in the past/),
    });
  });

  it('says on stderr which moment that is', async () => {
    const { stderr } = await run(`report overview --as-of ${earlier()}`);
    expect(stderr).toContain(`as the mirror knew it at ${earlier()}`);
  });

  it.each([
    [
      'for a time before the first pull',
      '2016-05-01',
      /knows nothing of 2016-05-01T00:00:00.000Z: its first pull ended/,
      1,
    ],
    ['for one to come', '2017-01-01', /has to lie in the past/, 2],
    ['for no time at all', 'then', /--as-of is a time such as/, 2],
  ])('is refused %s', async (_, time, words, status) => {
    for (const args of ['list goals', 'get goals 5', 'report stale'])
      expect(await run(`${args} --as-of ${time}`)).toMatchObject({
        status,
        stderr: expect.stringMatching(words),
      });
  });

  it('says of what was not there that it was not known then', async () => {
    const { stderr, status } = await run(`get goals 5 --as-of ${earlier()}`);
    expect({ stderr, status }).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/knew no goal 5 at/),
    });
  });
});

describe('columns that give way', () => {
  const column = (spare?: number, giving: Giving = 'never'): GridColumn => ({
    title: 'x',
    right: false,
    giving,
    ...(spare !== undefined && { spare }),
  });
  it.each([
    ['all fit', [column(), column(1)], [10, 10], 22, { places: [0, 1], widths: [10, 10] }],
    [
      'texts are cut first',
      [column(), column(1, 'text')],
      [10, 30],
      30,
      { places: [0, 1], widths: [10, 18] },
    ],
    [
      'then the sparest goes',
      [column(), column(1), column(2)],
      [10, 10, 10],
      25,
      { places: [0, 1], widths: [10, 10] },
    ],
    [
      'a column goes before a name is cut to less than can be read',
      [column(undefined, 'name'), column(1, 'text')],
      [40, 20],
      40,
      { places: [0], widths: [40] },
    ],
    [
      'where nothing can go, a name keeps more than another text',
      [column(undefined, 'name'), column(undefined, 'text')],
      [40, 40],
      34,
      { places: [0, 1], widths: [18, 14] },
    ],
    ['and what can’t go is too wide', [column(), column()], [10, 10], 15, null],
  ])('%s', (_, columns, widths, room, expected) => {
    expect(fitColumns(columns, widths, room)).toEqual(expected);
  });
});

describe('a small picture', () => {
  const series = (label: string, ...values: [at: number, value: number][]) => ({
    label,
    points: values.map(([at, value]) => ({ at, value })),
  });
  it('has one scale for all, and is blank before the first value', () => {
    const [a, b] = [series('a', [0, 0], [50, 1], [100, 2]), series('b', [50, 4])];
    const scale = scaleOf([a, b]);
    expect(scale).toEqual({ from: 0, to: 100, low: 0, high: 4 });
    if (scale === null) return;
    expect(sparkline(a, scale, 5)).toBe('▁▁▃▃▅');
    expect(sparkline(b, scale, 5)).toBe('  ███');
  });
  it('is level where nothing moves, and there is none without a point', () => {
    const flat = series('a', [0, 3]);
    expect(sparkline(flat, scaleOf([flat]) ?? { from: 0, to: 0, low: 0, high: 0 }, 3)).toBe('▅▅▅');
    expect(scaleOf([series('a')])).toBeNull();
  });
});

it('the whole program reports, from the shell', async () => {
  const shell = await pulledWorld();
  const overview = await shell.json<{ experiments: { experiment_id: number }[] }>(0, 'report', 'overview');
  const [{ n } = { n: 0 }] = await shell.json<{ n: number }[]>(
    0,
    'sql',
    'SELECT count(*) AS n FROM experiments',
  );
  expect(overview.experiments).toHaveLength(n);
  const id = idOf({ id: overview.experiments[0]?.experiment_id ?? null });
  const { status, stdout } = await shell.optimirror('report', 'experiment', String(id), '--as-of', '0s');
  expect(status).toBe(0);
  expect(stdout).toContain(String(id));
});
