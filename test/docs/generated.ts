/** Parts of documents that a test generates: compared with what stands there, or with UPDATE_DOCS=1 written. */
import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';

/** Whether the documents are to be brought up to date rather than checked. */
export const isUpdate = process.env.UPDATE_DOCS === '1';

const folder = path.resolve(import.meta.dirname, '../../docs');

export const readDoc = (name: string): string => fs.readFileSync(path.join(folder, name), 'utf8');

export function writeDoc(name: string, text: string): void {
  fs.writeFileSync(path.join(folder, name), text);
}

const begin = (part: string) => `<!-- generated: ${part} (UPDATE_DOCS=1 npx vitest run test/docs) -->\n`;
const end = (part: string) => `<!-- end: ${part} -->\n`;

/** Expects the part of the document between its marks to be `content`. */
export function expectPart(name: string, part: string, content: string): void {
  const text = readDoc(name);
  const [from, to] = [text.indexOf(begin(part)), text.indexOf(end(part))];
  expect(from, `${name} has no mark for ${part}`).toBeGreaterThanOrEqual(0);
  expect(to, `${name} has no end mark for ${part}`).toBeGreaterThan(from);
  const start = from + begin(part).length;
  if (isUpdate) writeDoc(name, text.slice(0, start) + content + text.slice(to));
  else expect(text.slice(start, to)).toBe(content);
}

/** A Markdown table; a pipe inside a cell is escaped. */
export function markdownTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`;
  return line(header) + line(header.map(() => '---')) + rows.map(line).join('');
}
