/** Values as people type them and as programs give them, checked against the field's kind before any SQL. */
import type { Field, Json } from '../api/description.ts';
import { parseJson, sayKind } from '../api/json.ts';
import { UsageError } from '../errors.ts';

const truths: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  1: true,
  false: false,
  no: false,
  0: false,
};

const shown = (text: string) => JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);

/** The value that a text means in this field. Throws a UsageError for one that means nothing there. */
export function readValue(name: string, field: Field, text: string): Json {
  switch (field.kind) {
    case 'boolean':
      return truths[text.trim().toLowerCase()] ?? refuse(`${name} is true or false, not ${shown(text)}`);
    case 'integer':
      return wholeNumber(text) ?? refuse(`${name} is a whole number, not ${shown(text)}`);
    case 'number': {
      const value = text.trim() === '' ? Number.NaN : Number(text);
      return Number.isFinite(value) ? value : refuse(`${name} is a number, not ${shown(text)}`);
    }
    case 'list':
      return readList(name, field, text);
    default:
      return text;
  }
}

function wholeNumber(text: string): number | undefined {
  const value = /^\s*[+-]?\d+\s*$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(value) ? value : undefined;
}

/** A list is JSON, or, where nobody can mistake it, its elements with commas between. */
function readList(name: string, field: Field, text: string): Json {
  const trimmed = text.trim();
  if (trimmed === '') return [];
  if (trimmed.startsWith('[')) return checkValue(name, field, readJson(name, trimmed));
  if (field.items === 'object') return refuse(`${name} is a JSON list of objects, not ${shown(text)}`);
  if (field.items === 'text') return readTexts(name, trimmed);
  const numbers = trimmed.split(',').map(wholeNumber);
  const known = numbers.filter((value) => value !== undefined);
  if (known.length === numbers.length) return known;
  return refuse(`${name} is a list of whole numbers, such as 1,2 or [1,2], not ${shown(text)}`);
}

/** A comma may be part of a text. Addresses with one protocol each are told apart all the same. */
function readTexts(name: string, text: string): Json {
  if (!text.includes(',')) return [text];
  const parts = text.split(',').map((part) => part.trim());
  if (parts.every((part) => /^[a-z]+:\/\//i.test(part))) return parts;
  return refuse(`${name} is a list, and ${shown(text)} may be one text or several: give JSON, ["…", "…"]`);
}

/** The JSON value in a text. Throws a UsageError for a text that is none. */
export function readJson(name: string, text: string): Json {
  try {
    return parseJson(text);
  } catch (error) {
    return refuse(`${name} is no JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The value, if the field's kind can hold it; null always can, and whether it may is the mirror's to say. */
export function checkValue(name: string, field: Field, value: Json): Json {
  if (value === null || fits(field, value)) return value;
  return refuse(`${name} is ${kindWords[field.kind]}, not ${sayValue(value)}`);
}

const kindWords: Readonly<Record<Field['kind'], string>> = {
  boolean: 'true or false',
  integer: 'a whole number',
  number: 'a number',
  text: 'a text',
  time: 'a text',
  utcSecond: 'a text',
  jsonText: 'a text that holds JSON',
  list: 'a list',
};

function fits(field: Field, value: Json): boolean {
  switch (field.kind) {
    case 'boolean':
      return typeof value === 'boolean';
    case 'integer':
      return Number.isSafeInteger(value);
    case 'number':
      return typeof value === 'number';
    case 'list':
      return (
        Array.isArray(value) && value.every((item) => typeof item !== 'number' || Number.isSafeInteger(item))
      );
    default:
      return typeof value === 'string';
  }
}

function sayValue(value: Json): string {
  return typeof value === 'object' ? sayKind(value) : shown(String(value));
}

function refuse(message: string): never {
  throw new UsageError(message);
}
