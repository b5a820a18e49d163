/** JSON lines: an object a row; lists are lists, and every other value has the column's one type. */
import type { OpenWriter } from './format.ts';
import type { Column } from './tables.ts';
import type { Value } from './values.ts';

function jsonOf(value: Value, { type }: Column): string {
  if (typeof value === 'bigint') return String(value);
  // A list that somebody wrote over several lines becomes one.
  if (type === 'list' && typeof value === 'string') return JSON.stringify(parsedOr(value));
  return JSON.stringify(value);
}

function parsedOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

export const openJsonl: OpenWriter = async (file, columns) => {
  const keyed = columns.map((column) => ({ column, key: JSON.stringify(column.name) }));
  const line = (row: readonly Value[]) =>
    `{${keyed.map(({ column, key }, index) => `${key}:${jsonOf(row[index] ?? null, column)}`).join(',')}}\n`;
  return {
    write: (rows) => file.append(Buffer.from(rows.map(line).join(''))),
    end: async () => {},
  };
};
