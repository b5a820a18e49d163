/** `optimirror edit`, `create`, `delete`, `outbox` and `conflicts`, from the command line to the outbox. */
import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { copyOf, first, pulledWorld, type World } from './support.ts';

let pulled: World;
let world: World;
beforeAll(async () => {
  pulled = await pulledWorld();
});
beforeEach(() => {
  world = copyOf(pulled);
});

interface Experiment {
  readonly id: number;
  readonly status: string;
  readonly description: string;
}
const anExperiment = () =>
  first<Experiment>(world, "SELECT * FROM experiments WHERE status = 'Paused' AND experiment_type = 'ab'");

describe('edit', () => {
  test('changes one entity, and says what to do next', async () => {
    const { id } = await anExperiment();
    const result = await world.optimirror('edit', 'experiments', String(id), 'description=New');
    expect(result).toMatchObject({ status: 0, stderr: '' });
    expect(result.stdout).toBe(
      '1 experiment matches; 1 edited.\nSee: optimirror outbox diff. Send: optimirror push\n',
    );
  });

  test('reads values by the field’s type, JSON as it stands, and text from a file', async () => {
    const { id } = await anExperiment();
    const css = path.join(world.folder, 'styles.css');
    fs.writeFileSync(css, 'a { color: red }\n');
    const { id: audience } = await first<{ id: number }>(world, 'SELECT id FROM audiences');
    const args = [
      `custom_css=@${css}`,
      'percentage_included=2500',
      `audience_ids=${audience}`,
      'custom_js:="a=1"',
    ];
    expect(await world.json(0, 'edit', 'experiments', String(id), ...args)).toEqual({
      matched: 1,
      edited: 1,
      outbox_ids: [1],
    });
    expect(await world.json(0, 'get', 'experiments', String(id))).toMatchObject({
      custom_css: 'a { color: red }\n',
      percentage_included: 2500,
      audience_ids: [audience],
      custom_js: 'a=1',
    });
  });

  test('changes all that a condition selects, and counts those that changed', async () => {
    const { status, stdout } = await world.optimirror(
      ...['edit', 'experiments', '--where', "experiment_type = 'ab' AND status IN ('Paused', 'Archived')"],
      'status=Archived',
    );
    expect(status).toBe(0);
    expect(stdout).toMatch(/^\d+ experiments match; \d+ edited/);
    const again = await world.json<{ matched: number }>(
      0,
      ...['edit', 'experiments', '--where', "status = 'Archived'", 'status=Archived'],
    );
    expect(again).toEqual({ matched: again.matched, edited: 0, outbox_ids: [] });
  });

  test('takes a file that was listed, changed, and saved by a spreadsheet', async () => {
    const { stdout } = await world.optimirror(
      ...['list', 'goals', '--where', 'is_editable IS NOT 0'],
      ...['--columns', 'id,project_id,title,archived,urls,created', '--format', 'csv'],
    );
    const file = path.join(world.folder, 'goals.csv');
    const [head = '', row = '', ...rest] = stdout.split('\n');
    const cells = row.split(',');
    cells[2] = '"Über, alles"';
    fs.writeFileSync(file, `\uFEFF${[head, cells.join(','), ...rest].join('\r\n')}`);
    const report = await world.json<{ edited: number }>(0, 'edit', 'goals', '--from', file);
    expect(report).toMatchObject({ edited: 1, outbox_ids: [1] });
    expect(await first(world, `SELECT title FROM goals WHERE id = ${cells[0]}`)).toEqual({
      title: 'Über, alles',
    });
  });

  test('refuses a whole file and names every line and column that is wrong', async () => {
    const { id } = await anExperiment();
    const file = path.join(world.folder, 'edits.jsonl');
    const rows = [
      { id, status: 'Pausd' },
      { id: 1, status: 'Paused' },
      { id, statu: 1 },
    ];
    fs.writeFileSync(file, rows.map((row) => JSON.stringify(row)).join('\n'));
    const result = await world.optimirror('edit', 'experiments', '--from', file, '--json');
    expect(result).toMatchObject({ status: 2, stdout: '' });
    expect(result.stderr).toMatch(/line 1, column status: .*Paused.*line 2, column id.*line 3, column statu/);
    expect(await world.json(0, 'outbox')).toEqual([]);
  });

  test('warns of weights that no longer add up, and edits all the same', async () => {
    const { id } = await first<{ id: number }>(world, 'SELECT id FROM variations WHERE weight = 5000');
    const result = await world.optimirror('edit', 'variations', String(id), 'weight=4000');
    expect(result.status).toBe(0);
    expect(result.stderr).toMatch(/weights of experiment \d+ add up to 9000, not 10000/);
    const unrelated = await world.optimirror('edit', 'variations', String(id), 'description=Other');
    expect(unrelated).toMatchObject({ status: 0, stderr: '' });
  });

  const refused: readonly [string, string[], RegExp][] = [
    ['an unknown field', ['statu=Paused'], /did you mean status/],
    ['a read-only field', ['created=now'], /set by the server/],
    ['the parent', ['project_id=1'], /can't be changed/],
    ['a value of another kind', ['percentage_included=half'], /whole number/],
    ['JSON of another kind', ['percentage_included:="5"'], /whole number/],
    ['a value that the API does not take', ['status=Pausd'], /is one of/],
    ['a number out of range', ['percentage_included=10001'], /from 0 to 10000/],
    ['a null where none may be', ['description:=null'], /can't be null/],
    ['broken JSON', ['audience_ids:=[1'], /no JSON/],
    ['a file that is not there', ['custom_css=@nope.css'], /nope\.css/],
    ['no value', ['status'], /no FIELD=VALUE/],
    ['nothing to set', [], /what is to be set/],
    ['a field given twice', ['status=Paused', 'status=Archived'], /twice/],
  ];
  test.each(refused)('refuses %s with 2, and changes nothing', async (_, args, says) => {
    const { id } = await anExperiment();
    const result = await world.optimirror('edit', 'experiments', String(id), ...args);
    expect(result).toMatchObject({ status: 2, stdout: '' });
    expect(result.stderr).toMatch(says);
    expect(await world.json(0, 'outbox')).toEqual([]);
  });

  test('refuses an id beside --where, and says what is wrong with that', async () => {
    const result = await world.optimirror('edit', 'goals', '17', '--where', 'archived = 0', 'title=x');
    expect(result).toMatchObject({ status: 2, stdout: '' });
    expect(result.stderr).toContain('17 and --where both say which of the goals to edit: give one of them');
  });

  test('refuses an id that is not there, and resources that nobody edits', async () => {
    expect(await world.optimirror('edit', 'experiments', '5', 'status=Paused')).toMatchObject({ status: 2 });
    expect(await world.optimirror('edit', 'results', '5', 'visitors=1')).toMatchObject({ status: 2 });
  });
});

describe('create and delete', () => {
  test('make and take back an entity that only exists here', async () => {
    const { id: project } = await first<{ id: number }>(world, 'SELECT id FROM projects');
    const args = [`project_id=${project}`, 'description=Mine', 'edit_url=https://example.com/'];
    expect(await world.json(0, 'create', 'experiments', ...args)).toEqual({
      outbox_id: 1,
      resource: 'experiments',
      entity_id: -1,
    });
    const child = await world.json(
      0,
      'create',
      'variations',
      'experiment_id=-1',
      'description=A',
      'is_paused=yes',
    );
    expect(child).toEqual({ outbox_id: 2, resource: 'variations', entity_id: -2 });
    expect(await world.json(0, 'delete', 'experiments', '-1')).toEqual({
      outbox_id: null,
      resource: 'experiments',
      entity_id: -1,
    });
    expect(await world.json(0, 'outbox')).toEqual([]);
  });

  test('a delete waits until it is pushed, and can be taken back', async () => {
    const { id } = await anExperiment();
    const deleted = await world.json<{ outbox_id: number }>(0, 'delete', 'experiments', String(id));
    expect(deleted).toEqual({ outbox_id: 1, resource: 'experiments', entity_id: id });
    expect(await world.optimirror('get', 'experiments', String(id))).toMatchObject({ status: 1 });
    expect(await world.json(0, 'outbox', 'drop', '1')).toEqual({ dropped: [1] });
    expect(await world.optimirror('get', 'experiments', String(id))).toMatchObject({ status: 0 });
  });

  const refused: readonly [string, string[], RegExp][] = [
    [
      'a missing field',
      ['create', 'goals', 'project_id=1'],
      /project_id names no project that the mirror has|needs title/,
    ],
    ['a missing parent', ['create', 'goals', 'title=x', 'goal_type=1', 'event=e'], /needs project_id/],
    ['nothing at all', ['create', 'goals'], /needs/],
    ['an id of the API', ['create', 'goals', 'id=7'], /negative/],
    ['a read-only field', ['create', 'goals', 'created=now'], /set by the server/],
    ['a resource of results', ['create', 'stats', 'visitors=1'], /come from the API/],
    ['a delete of what is not there', ['delete', 'goals', '5'], /has no goal 5/],
  ];
  test.each(refused)('%s is refused with 2', async (_, args, says) => {
    const result = await world.optimirror(...args);
    expect(result).toMatchObject({ status: 2, stdout: '' });
    expect(result.stderr).toMatch(says);
  });

  test('what the API can not delete is refused', async () => {
    const { id } = await first<{ id: number }>(world, 'SELECT id FROM projects');
    const result = await world.optimirror('delete', 'projects', String(id));
    expect(result).toMatchObject({ status: 2 });
    expect(result.stderr).toContain('does not delete projects');
  });
});

describe('outbox and conflicts', () => {
  test('show why the API refused an edit', async () => {
    const own = await pulledWorld({ projects: 1, experimentsPerProject: 2 });
    const { id } = await first<{ id: number }>(own, 'SELECT id FROM audiences');
    await own.json(0, 'edit', 'audiences', String(id), 'name=Ours');
    own.sandbox.faults.next({ kind: 'unavailable', status: 400, match: ({ method }) => method === 'PUT' });
    await own.json(4, 'push');
    const { stdout } = await own.optimirror('outbox');
    expect(stdout).toMatch(/^\s*1 +failed +update/m);
    expect(stdout).toMatch(/^1: 400 The service is overloaded$/m);
  });

  test('a dry run names what will come with a new parent in words, and in JSON by its temporary id', async () => {
    const { id: project } = await first<{ id: number }>(world, 'SELECT id FROM projects');
    const experiment = [`project_id=${project}`, 'description=Mine', 'edit_url=https://example.com/'];
    await world.json(0, 'create', 'experiments', ...experiment);
    await world.json(0, 'create', 'variations', 'experiment_id=-1', 'description=A');
    const { stdout } = await world.optimirror('push', '--dry-run');
    expect(stdout).toContain(
      'create variation -2  PUT variations/… (one that comes with the new experiment) description="A"',
    );
    const { planned } = await world.json<{ planned: object[] }>(0, 'push', '--dry-run');
    expect(planned[1]).toMatchObject({ entity_id: -2, method: 'PUT', path: 'variations/-2' });
  });

  test('show every change with its base', async () => {
    const { id, description } = await anExperiment();
    await world.json(0, 'edit', 'experiments', String(id), 'description=Ours', 'custom_js:="a\\nb\\n"');
    const [entry] = await world.json<{ changes: object[] }[]>(0, 'outbox');
    expect(entry).toMatchObject({
      id: 1,
      resource: 'experiments',
      entity_id: id,
      op: 'update',
      status: 'pending',
    });
    expect(entry).toMatchObject({ error: null });
    expect(entry?.changes).toContainEqual({
      field: 'description',
      base: description,
      local: 'Ours',
      remote: null,
    });
    const { stdout } = await world.optimirror('outbox', 'diff');
    expect(stdout).toContain(`${description} → Ours`);
    expect(stdout).toMatch(/^ {4}\+a\n {4}\+b$/m);
    expect(await world.json(0, 'conflicts')).toEqual([]);
  });

  test('tell a conflict that a pull met, and how to decide it', async () => {
    const { id, description } = await anExperiment();
    await world.json(0, 'edit', 'experiments', String(id), 'description=Ours', 'percentage_included=5');
    world.sandbox.account.update('experiments', id, { description: 'Theirs' });
    const pull = await world.optimirror('pull');
    expect(pull.status).toBe(0);
    expect(pull.stdout).toContain('1 edit in conflict');
    const [conflict] = await world.json<{ changes: object[] }[]>(0, 'conflicts');
    expect(conflict).toMatchObject({ id: 1, status: 'conflict' });
    expect(conflict?.changes).toContainEqual({
      field: 'description',
      base: description,
      local: 'Ours',
      remote: 'Theirs',
    });
    const { stdout } = await world.optimirror('conflicts');
    expect(stdout).toMatch(/ours +Ours\n +theirs +Theirs/);
    expect(stdout).toContain('optimirror resolve 1 --set description=');
  });
});
