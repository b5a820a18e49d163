/** SQL expressions, within what SQLite 3.40 has, that turn cells into JSON text and back and compare JSON as JSON. */
import type { Field } from '../api/description.ts';

/** The JSON text of a column's cell; NULL becomes the text `null`. */
export function jsonOf(field: Field, column: string): string {
  if (field.kind === 'list') return `coalesce(json(${column}), 'null')`;
  if (field.kind === 'boolean')
    return `CASE ${column} WHEN 1 THEN 'true' WHEN 0 THEN 'false' ELSE 'null' END`;
  return `json_quote(${column})`;
}

/** Every leaf of a JSON text with its place, numbers as numbers, so that neither key order nor spacing counts. */
function leaves(json: string): string {
  const type = `CASE type WHEN 'integer' THEN 'number' WHEN 'real' THEN 'number' ELSE type END`;
  return `SELECT fullkey, ${type}, atom FROM json_tree(${json})`;
}

/** Whether two JSON texts hold the same value. */
function sameJson(a: string, b: string): string {
  return `NOT EXISTS (${leaves(a)} EXCEPT ${leaves(b)}) AND NOT EXISTS (${leaves(b)} EXCEPT ${leaves(a)})`;
}

/** Whether two cells of one column differ in value: lists as JSON, everything else as it stands. */
export function cellsDiffer(field: Field, a: string, b: string): string {
  if (field.kind !== 'list') return `${a} IS NOT ${b}`;
  const asJson = (cell: string) => `coalesce(${cell}, 'null')`;
  return `(${a} IS NOT ${b} AND NOT (${sameJson(asJson(a), asJson(b))}))`;
}

/**
 * Whether two JSON texts, of which either may be NULL, stand for the same value of one field. Only lists are taken apart:
 * SQLite cuts a text that holds a NUL short when it decodes it, and would take two of them for one.
 */
export function sameValues(a: string, b: string): string {
  const isList = (json: string) => `substr(${json}, 1, 1) = '['`;
  return `(${a} IS ${b} OR (${isList(a)} AND ${isList(b)} AND ${sameJson(a, b)}))`;
}

/** The present moment, as the mirror writes it. */
export const sqlNow = `strftime('%Y-%m-%dT%H:%M:%fZ', 'now')`;
