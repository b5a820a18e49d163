/** docs/cli.md stands as the program generates it, so that it cannot drift. */
import { expect, test } from 'vitest';
import { describedProgram } from '../../src/cli/program.ts';
import { reference } from '../../src/cli/reference.ts';
import { isUpdate, readDoc, writeDoc } from './generated.ts';

test('docs/cli.md is what `npm run docs:cli` writes', async () => {
  const page = reference(await describedProgram());
  if (isUpdate) writeDoc('cli.md', page);
  expect(readDoc('cli.md')).toBe(page);
});

test('it names every command and every option', async () => {
  const page = readDoc('cli.md');
  for (const command of (await describedProgram()).commands) {
    const section = page.split(`### optimirror ${command.name()}\n`)[1]?.split('\n### ')[0] ?? '';
    expect(section).toContain(command.description());
    expect(section).toContain(`$ optimirror ${command.name()}`);
    for (const { flags } of command.options) expect(section).toContain(`| \`${flags}\` |`);
  }
});
