/** The names of an export's files, in the Hive style that DuckDB, Spark, Trino and BigQuery read as it lies. */
import fs from 'node:fs';
import path from 'node:path';
import type { ExportFormat } from './format.ts';
import type { ExportTable } from './tables.ts';

/** The one file of a resource. */
export function resourceFile({ name }: ExportTable, format: ExportFormat): string {
  return `${name}.${format}`;
}

/** A part of a history: the ids in its name tell it from every other export's part of that day. */
export function partFile(
  { name }: ExportTable,
  day: string,
  ids: { readonly first: bigint; readonly last: bigint },
  format: ExportFormat,
): string {
  return path.join(name, `date=${day}`, `part-${ids.first}-${ids.last}.${format}`);
}

/** What stands in the folder under the names that the table's files of that format would have. */
export function standing(root: string, table: ExportTable, format: ExportFormat): string[] {
  if (table.kind === 'resource') {
    const name = resourceFile(table, format);
    return fs.existsSync(path.join(root, name)) ? [name] : [];
  }
  const folder = path.join(root, table.name);
  if (!fs.existsSync(folder)) return [];
  const names = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return names.filter((name) => name.endsWith(`.${format}`)).map((name) => path.join(table.name, name));
}

/** Whether a part begins after that id: an export that was killed before it wrote down how far it came put it there. */
export function beginsAfter(name: string, id: number): boolean {
  const first = /[/\\]date=[^/\\]*[/\\]part-(\d+)-\d+\.\w+$/.exec(name)?.[1];
  return first !== undefined && Number(first) > id;
}
