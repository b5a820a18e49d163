/** docs/recipes.md tells the truth: each of its queries gives the output that stands below it. */
import { spawnSync } from 'node:child_process';
import { Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeRows } from '../../src/cli/format/rows.ts';
import { createOutput } from '../../src/cli/streams.ts';
import { views } from '../../src/db/views.ts';
import { runSql } from '../../src/query/sql.ts';
import type { Scene } from '../query/scene.ts';
import { hasShell, shellCommand } from '../shell.ts';
import { isUpdate, readDoc, writeDoc } from './generated.ts';
import { recipesMirror } from './recipes-mirror.ts';

interface Recipe {
  readonly question: string;
  readonly sql: string;
  readonly output: string;
}

const block = /^## (.+)$|^```sql\n([\s\S]*?)^```\n\n```text\n([\s\S]*?)^```$/gm;

/** Every SQL block with the output below it, under the last heading. */
function recipesOf(text: string): Recipe[] {
  let question = '';
  return [...text.matchAll(block)].flatMap(([, heading, sql, output]) => {
    if (heading !== undefined) question = heading;
    return sql === undefined || output === undefined ? [] : [{ question, sql, output }];
  });
}

const recipes = recipesOf(readDoc('recipes.md'));
let scene: Scene;
beforeAll(async () => {
  scene = await recipesMirror();
});
afterAll(() => scene.close());

/** What `optimirror sql` prints where it is no terminal. */
async function outputOf(sql: string): Promise<string> {
  let text = '';
  const stream = new Writable({
    write(chunk, _, done) {
      text += chunk;
      done();
    },
  });
  await writeRows(createOutput(stream, { color: false }), 'table', runSql(scene.db, sql));
  return text.replaceAll(/ +$/gm, '');
}

describe('docs/recipes.md', () => {
  it('answers at least twenty questions, each once', () => {
    const questions = recipes.map(({ question }) => question);
    expect(questions.length).toBeGreaterThanOrEqual(20);
    expect(new Set(questions).size).toBe(questions.length);
    const headings = readDoc('recipes.md').match(/^## .+$/gm) ?? [];
    expect(questions).toEqual(headings.map((heading) => heading.slice(3)));
  });

  if (isUpdate) {
    it('is brought up to date', async () => {
      const fresh = new Map<string, string>();
      for (const { sql } of recipes) fresh.set(sql, await outputOf(sql));
      const text = readDoc('recipes.md').replace(block, (whole, heading, sql: string, output: string) =>
        heading === undefined ? whole.replace(`text\n${output}`, () => `text\n${fresh.get(sql)}`) : whole,
      );
      writeDoc('recipes.md', text);
    });
  } else {
    it.each(recipes.map(({ question, ...rest }) => [question, rest] as const))(
      '%s',
      async (_, { sql, output }) => {
        expect(await outputOf(sql)).toBe(output);
      },
    );
  }

  it('answers none of them with nothing', async () => {
    for (const { question, sql } of recipes)
      expect((await outputOf(sql)).split('\n').length, question).toBeGreaterThan(2);
  });
});

describe.runIf(hasShell)("the system's own sqlite3", () => {
  const rowsOf = (sql: string) => {
    const { stdout, stderr } = spawnSync(...shellCommand('-readonly', '-json', scene.file, sql), {
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    return stdout === '' ? [] : (JSON.parse(stdout) as unknown[]);
  };

  it.each(views.map(({ name }) => name))('reads the view %s alike', (name) => {
    const here = scene.db.prepare(`SELECT * FROM ${name}`).all();
    expect(rowsOf(`SELECT * FROM ${name}`)).toEqual(here);
  });

  /** Releases of SQLite round a tie to different sides, in the second place behind the point at most. */
  const coarse = (rows: unknown): unknown =>
    JSON.parse(JSON.stringify(rows), (_, value) =>
      typeof value === 'number' ? Math.round(value * 10) : value,
    );

  it.each(recipes.map(({ question, sql }) => [question, sql]))('answers: %s', (_, sql) => {
    expect(coarse(rowsOf(sql))).toEqual(coarse(scene.db.prepare(sql).all()));
  });
});
