/** How single values look: as JSON for programs, and as text for people. */
import type { Json } from '../../api/description.ts';
import type { Cell } from '../../db/columns.ts';

/** A value of the mirror: a cell, or a JSON value. */
export type Value = Cell | Json | undefined;

/** C1 controls, and what reorders or hides text, are legal in JSON and act in terminals; escaped they are the same JSON. */
const acting = /[\u007f-\u009f\u061c\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060-\u2069\ufeff]/g;
const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** `JSON.rawJSON` is in every Node that the program runs on; the compiler's library lags behind. */
const { rawJSON } = JSON as typeof JSON & { rawJSON(text: string): object };

function replacer(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return rawJSON(String(value));
  return value;
}

/** A JSON document: whole numbers of any size exact, bytes in hexadecimal. Indented where a person reads it. */
export function toJson(value: unknown, pretty = false): string {
  return JSON.stringify(value, replacer, pretty ? 2 : undefined).replace(acting, escaped);
}

/** A cell as JSON takes it: bytes have no other way than as text. */
export function jsonCell(cell: Value): Exclude<Value, Uint8Array> {
  return cell instanceof Uint8Array ? Buffer.from(cell).toString('hex') : cell;
}

/** A value as text: lists and objects as JSON, null as the empty text. */
export function textOf(value: Value): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  return typeof value === 'object' ? toJson(value) : String(value);
}
