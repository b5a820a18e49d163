/** Files of edits: CSV as a spreadsheet saves it, or JSON lines; a row an entity, with its `id`. */
import { CsvError, parse } from 'csv-parse/sync';
import type { Json, JsonObject } from '../api/description.ts';
import { parseJson } from '../api/json.ts';
import { type EntityName, fieldOf } from '../api/resources.ts';
import { UsageError } from '../errors.ts';
import { mustBeField, mustBeId } from '../query/names.ts';
import { BatchError, type BatchRow, type RowRefusal } from './batch.ts';
import { checkValue, readValue } from './values.ts';

/** What a file holds: rows that can be applied, and what is wrong with the others. */
export interface BatchFile {
  readonly rows: BatchRow[];
  readonly refusals: RowRefusal[];
}

/** Reads a file's text; JSON lines where it begins with a brace, else CSV. */
export function readBatch(resource: EntityName, text: string): BatchFile {
  const content = text.replace(/^\uFEFF/, '');
  return /^\s*[{[]/.test(content) ? readJsonLines(resource, content) : readCsv(resource, content);
}

interface CsvRecord {
  readonly line: number;
  readonly cells: readonly string[];
}

function readCsv(resource: EntityName, text: string): BatchFile {
  const [head, ...records] = csvRecords(text);
  if (head === undefined)
    throw new UsageError('the file is empty: it needs a line of column names, id among them');
  const names = head.cells.map((name) => name.trim());
  checkNames(resource, names, head.line);
  return collect(records, ({ line, cells }) => readRow(line, names, cells, resource));
}

function csvRecords(text: string): CsvRecord[] {
  const bytes = Buffer.from(text);
  const records: CsvRecord[] = [];
  let [line, end] = [1, 0];
  try {
    parse(bytes, {
      delimiter: delimiterOf(text),
      record_delimiter: ['\r\n', '\n', '\r'],
      skip_empty_lines: true,
      relax_column_count: true,
      on_record(cells: string[], info) {
        // A record may span lines, and its parser counts them otherwise than an editor does.
        const raw = bytes.toString('utf8', end, info.bytes);
        const blank = /^[\r\n]*/.exec(raw)?.[0] ?? '';
        records.push({ line: line + lineBreaks(blank), cells });
        line += lineBreaks(raw);
        end = info.bytes;
        return null;
      },
    });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new UsageError(`the file is no CSV: ${error.message}`, { cause: error });
  }
  return records;
}

const lineBreaks = (text: string) => text.match(/\r\n|\n|\r/g)?.length ?? 0;

/** Spreadsheets use what their country does. Column names have none of the three, so the first one found tells. */
function delimiterOf(text: string): string {
  return /^[^\r\n]*?([,;\t])/.exec(text)?.[1] ?? ',';
}

function checkNames(resource: EntityName, names: readonly string[], line: number): void {
  const refusals: RowRefusal[] = [];
  const refuse = (column: string | null, message: string) => refusals.push({ line, column, message });
  if (!names.includes('id')) refuse(null, 'there is no column id, which says what each row edits');
  for (const [index, name] of names.entries()) {
    if (names.indexOf(name) !== index) refuse(name, 'the column is there twice');
    else tryRow(refusals, line, name, () => mustBeField(resource, name));
  }
  if (refusals.length > 0) throw new BatchError(refusals);
}

function readRow(line: number, names: readonly string[], cells: readonly string[], resource: EntityName) {
  const refusals: RowRefusal[] = [];
  if (cells.length !== names.length) {
    const message = `there are ${cells.length} cells for ${names.length} columns`;
    return { refusals: [{ line, column: null, message }] };
  }
  const changes: JsonObject = {};
  let id = 0;
  for (const [index, name] of names.entries()) {
    const text = cells[index] ?? '';
    const field = fieldOf(resource, name);
    tryRow(refusals, line, name, () => {
      if (name === 'id') id = mustBeId(text.trim());
      // An empty cell leaves the field alone.
      else if (text !== '' && field) changes[name] = readValue(name, field, text);
    });
  }
  return refusals.length > 0 ? { refusals } : { row: { line, id, changes } };
}

function readJsonLines(resource: EntityName, text: string): BatchFile {
  const lines = text.split('\n').map((content, index) => ({ line: index + 1, content: content.trim() }));
  return collect(
    lines.filter(({ content }) => content !== ''),
    ({ line, content }) => readObject(line, content, resource),
  );
}

function readObject(line: number, text: string, resource: EntityName) {
  const refusals: RowRefusal[] = [];
  const changes: JsonObject = {};
  let id = 0;
  tryRow(refusals, line, null, () => {
    const { id: given, ...fields } = objectOf(text);
    tryRow(refusals, line, 'id', () => {
      id = mustBeId(typeof given === 'number' || typeof given === 'string' ? String(given) : '');
    });
    for (const [name, value] of Object.entries(fields)) {
      tryRow(refusals, line, name, () => {
        changes[name] = checkValue(name, mustBeField(resource, name), value);
      });
    }
  });
  return refusals.length > 0 ? { refusals } : { row: { line, id, changes } };
}

function objectOf(text: string): JsonObject {
  let value: Json;
  try {
    value = parseJson(text);
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new UsageError('a line is a JSON object, such as {"id": 1, "status": "Paused"}');
}

type Read = { readonly row: BatchRow } | { readonly refusals: RowRefusal[] };

function collect<T>(records: readonly T[], read: (record: T) => Read): BatchFile {
  const file: BatchFile = { rows: [], refusals: [] };
  for (const record of records) {
    const outcome = read(record);
    if ('row' in outcome) file.rows.push(outcome.row);
    else file.refusals.push(...outcome.refusals);
  }
  return file;
}

/** Runs one check; what it refuses is noted with its place, and the next check goes on. */
function tryRow(refusals: RowRefusal[], line: number, column: string | null, check: () => void): void {
  try {
    check();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    refusals.push({ line, column, message: error.message });
  }
}
