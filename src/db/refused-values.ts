/** What a value may not be, as SQL conditions on a cell that is not NULL, each with the words that say so. */
import type { Field, ItemKey } from '../api/description.ts';
import { literal } from './columns.ts';

/** An SQL condition under which a write is refused, and the sentence that the writer reads. */
export interface Refusal {
  readonly when: string;
  readonly message: string;
}

export const list = (values: readonly (string | number)[]) => values.map(literal).join(', ');
export const words = (values: readonly (string | number)[]) => values.join(', ');

/** Beyond it JavaScript, and with it the program that sends the edit, would round. */
const safe = `BETWEEN -${Number.MAX_SAFE_INTEGER} AND ${Number.MAX_SAFE_INTEGER}`;

/** A blob is no text, whatever its bytes say; and what comes after a NUL is not looked at by all that read JSON. */
const notWholeText = (cell: string) => `typeof(${cell}) <> 'text' OR instr(${cell}, char(0))`;

/** What a cell of the field may not be: the first refusal that holds counts, and each relies on those before it. */
export function badValue(name: string, field: Field, cell: string): Refusal[] {
  return refusalsOf(field, cell).map(({ when, message }) => ({ when, message: `${name} ${message}` }));
}

function refusalsOf(field: Field, cell: string): Refusal[] {
  if (field.kind === 'list') return badList(field, cell);
  // Affinity has made 1 of 1.0 and '1' by now; whatever is left that is no number is none of the values either.
  if (field.kind === 'boolean')
    return [{ when: `${cell} NOT IN (0, 1)`, message: 'is a boolean: give 0 or 1' }];
  if (field.values)
    return [{ when: `${cell} NOT IN (${list(field.values)})`, message: `is one of: ${words(field.values)}` }];
  if (field.kind === 'integer' || field.kind === 'number') return badNumber(field, cell);
  if (field.kind === 'jsonText') {
    const when = `${notWholeText(cell)} OR NOT json_valid(${cell})`;
    return [{ when, message: 'is a text that holds JSON, and this is none' }];
  }
  if (field.kind === 'utcSecond') {
    // Without a modifier SQLite before 3.46 gives February its 30th back as it came.
    const when = `strftime('%Y-%m-%dT%H:%M:%SZ', ${cell}, '+0 days') IS NOT ${cell}`;
    return [{ when, message: 'is a UTC time of the form 2015-01-01T08:00:00Z' }];
  }
  return [{ when: `typeof(${cell}) <> 'text'`, message: 'is a text' }];
}

function badNumber({ kind, min, max }: Field, cell: string): Refusal[] {
  const whole =
    kind === 'integer' ? `typeof(${cell}) <> 'integer'` : `typeof(${cell}) NOT IN ('integer', 'real')`;
  const range = min === undefined || max === undefined ? safe : `BETWEEN ${min} AND ${max}`;
  const refusals = [{ when: whole, message: kind === 'integer' ? 'is a whole number' : 'is a number' }];
  if (kind === 'number' && min === undefined) return refusals;
  const message =
    min === undefined
      ? `is from -${Number.MAX_SAFE_INTEGER} to ${Number.MAX_SAFE_INTEGER}`
      : `is from ${min} to ${max}`;
  return [...refusals, { when: `${cell} NOT ${range}`, message }];
}

function badList(field: Field, cell: string): Refusal[] {
  const items = (condition: string) => `EXISTS (SELECT 1 FROM json_each(${cell}) WHERE ${condition})`;
  const elements = {
    id: { when: `type <> 'integer' OR value = 0 OR value NOT ${safe}`, message: 'is a JSON list of ids' },
    integer: { when: `type <> 'integer' OR value NOT ${safe}`, message: 'is a JSON list of whole numbers' },
    text: { when: `type <> 'text'`, message: 'is a JSON list of texts' },
    object: { when: `type <> 'object'`, message: 'is a JSON list of objects' },
  }[field.items ?? 'object'];
  const keys = Object.entries(field.itemKeys ?? {}).flatMap(([key, rule]) => badKey(key, rule));
  const values = field.values
    ? [{ when: `value NOT IN (${list(field.values)})`, message: `holds only: ${words(field.values)}` }]
    : [];
  return [
    {
      when: `${notWholeText(cell)} OR NOT json_valid(${cell})`,
      message: 'is a JSON list, and this is no JSON',
    },
    { when: `json_type(${cell}) <> 'array'`, message: 'is a JSON list' },
    // SQLite cuts a text short at a NUL when it decodes it, so that lists that differ would look the same.
    { when: `instr(${cell}, '\\u0000')`, message: 'holds a NUL, \\u0000' },
    ...[elements, ...values, ...keys].map(({ when, message }) => ({ when: items(when), message })),
    ...(field.items === 'object' ? [repeatedKey(cell)] : []),
  ];
}

/** Of a key that comes twice, SQLite sees the first and JavaScript the last. */
function repeatedKey(cell: string): Refusal {
  const pairs = `json_each(${cell}) AS element, json_each(element.value) AS inner`;
  return {
    when: `EXISTS (SELECT 1 FROM ${pairs} GROUP BY element.key, inner.key HAVING count(*) > 1)`,
    message: 'has a key twice in an element',
  };
}

/** What one key of an element of a list of objects may not be. */
function badKey(key: string, rule: ItemKey): Refusal[] {
  const type = `json_type(value, '$.${key}')`;
  const lacks = rule.required
    ? [{ when: `coalesce(${type}, 'null') = 'null'`, message: `needs ${key} in each element` }]
    : [];
  if (rule.by === 'server') return lacks;
  if (rule.values) {
    const when = `json_extract(value, '$.${key}') NOT IN (${list(rule.values)})`;
    return [...lacks, { when, message: `has a ${key} that is none of: ${words(rule.values)}` }];
  }
  const kinds = { text: "'text'", time: "'text'", integer: "'integer'", boolean: "'true', 'false'" }[
    rule.kind
  ];
  const what = { text: 'no text', time: 'no text', integer: 'no whole number', boolean: 'not true or false' }[
    rule.kind
  ];
  return [...lacks, { when: `${type} NOT IN (${kinds})`, message: `has a ${key} that is ${what}` }];
}
