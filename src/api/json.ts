/** JSON from outside: parsed, described in words where it is none, and made harmless before anyone walks or copies it. */
import type { Json } from './description.ts';

/** Documents nested deeper than this are refused: recursive code downstream would run out of stack. */
const deepest = 100;
/**
 * Documents of more lists, objects and members than this are refused before they are parsed: a few bytes each become a
 * hundred in memory, so that a body of 200 MB could take all that there is. Some 100,000 experiments have as many.
 */
const mostParts = 10_000_000;
/** Any spelling of a `__proto__` key that JSON allows; finds too much rather than too little. */
const suspicious = /__proto__|\\u00(?:5f|70|72|6f|74)/i;

/** A text that is no usable JSON; the message says what came, and quotes none of it. */
export class JsonError extends Error {}

/**
 * The document in a text. `__proto__` keys are left out, so that copying a record can never set a prototype.
 * @throws JsonError for a text that is no JSON, that nests deeper than 100 levels, or has more than ten million parts
 */
export function parseJson(text: string): Json {
  if (hasManyParts(text)) throw new JsonError(`JSON of more than ${mostParts} parts`);
  let value: Json;
  try {
    value = suspicious.test(text) ? JSON.parse(text, dropProto) : JSON.parse(text);
  } catch (error) {
    // The parser's own message quotes the text, and with it whatever the server chose to put there.
    throw new JsonError(sayWhatCame(text, error instanceof Error ? error.message : ''));
  }
  if (nestsDeeper(value, deepest)) throw new JsonError(`JSON nested deeper than ${deepest} levels`);
  return value;
}

function dropProto(key: string, value: Json): Json | undefined {
  return key === '__proto__' ? undefined : value;
}

function sayWhatCame(text: string, problem: string): string {
  const start = text.trimStart();
  if (start === '') return 'an empty body instead of JSON';
  if (/^<(!doctype html|html|head|body)/i.test(start)) return 'HTML instead of JSON';
  if (start.startsWith('<')) return 'markup instead of JSON';
  if (!/^[[{]/.test(start)) return 'text that is no JSON';
  const cut = /Unexpected end|Unterminated/.test(problem) || !/[\]}]\s*$/.test(text);
  return cut ? `JSON that is cut short after ${text.length} characters` : 'broken JSON';
}

/** Counts what begins a part, in texts too, which is too much rather than too little. */
function hasManyParts(text: string): boolean {
  if (text.length <= mostParts) return false;
  let parts = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === comma || code === bracket || code === brace) parts++;
  }
  return parts > mostParts;
}

const [comma, bracket, brace] = [',', '[', '{'].map((sign) => sign.charCodeAt(0));

function nestsDeeper(value: Json, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  if (Array.isArray(value)) return value.some((child) => nestsDeeper(child, levels - 1));
  // Every answer is walked: for-in spares the array that Object.values would make of each object.
  for (const key in value) {
    const child = value[key];
    if (typeof child === 'object' && nestsDeeper(child, levels - 1)) return true;
  }
  return false;
}

/** What a JSON value is, in a word for messages; never its content. */
export function sayKind(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'string') return 'a text';
  if (typeof value === 'number') return Number.isInteger(value) ? 'a whole number' : 'a number';
  return String(value);
}
