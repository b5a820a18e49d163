/** SQL expressions, within what SQLite 3.40 has, that turn cells into JSON text and back and compare JSON as JSON. */
import type { Field } from '../api/description.ts';

/** The JSON text of a column's cell; NULL becomes the text `null`. */
export function jsonOf(field: Field, column: string): string {
  if (field.kind === 'list') return `CASE WHEN ${column} IS NULL THEN 'null' ELSE json(${column}) END`;
  if (field.kind === 'boolean') {
    return `CASE WHEN ${column} IS NULL THEN 'null' WHEN ${column} THEN 'true' ELSE 'false' END`;
  }
  return `json_quote(${column})`;
}

/** The cell of a JSON text, the inverse of `jsonOf`. */
export function cellOf(field: Field, json: string): string {
  const extracted = `json_extract(${json}, '$')`;
  return field.kind === 'list'
    ? `CASE json_type(${json}) WHEN 'null' THEN NULL ELSE json(${json}) END`
    : extracted;
}

/** Every leaf of a JSON text with its place, numbers as numbers, so that neither key order nor spacing counts. */
function leaves(json: string): string {
  const type = `CASE type WHEN 'integer' THEN 'number' WHEN 'real' THEN 'number' ELSE type END`;
  return `SELECT fullkey, ${type}, atom FROM json_tree(${json})`;
}

/** Whether two JSON texts hold the same value. */
export function sameJson(a: string, b: string): string {
  return `(NOT EXISTS (${leaves(a)} EXCEPT ${leaves(b)}) AND NOT EXISTS (${leaves(b)} EXCEPT ${leaves(a)}))`;
}

/** Whether two cells of one column differ in value: lists as JSON, everything else as it stands. */
export function cellsDiffer(field: Field, a: string, b: string): string {
  if (field.kind !== 'list') return `${a} IS NOT ${b}`;
  const asJson = (cell: string) => `coalesce(${cell}, 'null')`;
  return `(${a} IS NOT ${b} AND NOT ${sameJson(asJson(a), asJson(b))})`;
}

/** Whether two JSON texts of one field differ. */
export function jsonDiffers(field: Field, a: string, b: string): string {
  return field.kind === 'list' ? `NOT ${sameJson(a, b)}` : `${a} IS NOT ${b}`;
}

/** The present moment, as the mirror writes it. */
export const sqlNow = `strftime('%Y-%m-%dT%H:%M:%fZ', 'now')`;
