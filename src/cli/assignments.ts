/** `FIELD=VALUE`, `FIELD:=JSON` and `FIELD=@FILE`, as they stand on the command line. */
import fs from 'node:fs/promises';
import type { Json, JsonObject } from '../api/description.ts';
import type { EntityName } from '../api/resources.ts';
import { checkValue, readJson, readValue } from '../edits/values.ts';
import { UsageError } from '../errors.ts';
import { mustBeField } from '../query/names.ts';
import { systemWords } from '../system-words.ts';

/** How to say what is to be set; shown by the help of every command that takes it. */
export const assignmentHelp = `
How to say a value:
  FIELD=VALUE     read by the field's type: text as it is, true or false, a number, ids as 1,2,3
  FIELD:=JSON     JSON as it stands: FIELD:=null, FIELD:='["a", "b"]'
  FIELD=@FILE     the text of a file: custom_css=@styles.css
`;

const shape = /^(\w+)(:=|=)([\s\S]*)$/;

/** Reads assignments by the types of the resource's fields. Throws a UsageError that says which can't be used. */
export async function readAssignments(resource: EntityName, given: readonly string[]): Promise<JsonObject> {
  const values: JsonObject = {};
  for (const assignment of given) {
    const [, name, sign, text] = shape.exec(assignment) ?? [];
    if (name === undefined || text === undefined) {
      throw new UsageError(`${JSON.stringify(assignment)} is no FIELD=VALUE`);
    }
    if (Object.hasOwn(values, name)) throw new UsageError(`${name} is given twice`);
    values[name] = await readOne(resource, name, sign === ':=', text);
  }
  return values;
}

async function readOne(resource: EntityName, name: string, asJson: boolean, text: string): Promise<Json> {
  const field = mustBeField(resource, name);
  if (asJson) return checkValue(name, field, readJson(name, text));
  return readValue(name, field, text.startsWith('@') ? await readText(text.slice(1)) : text);
}

async function readText(file: string): Promise<string> {
  try {
    return await fs.readFile(file, 'utf8');
  } catch (error) {
    throw new UsageError(`${file} can't be read: ${systemWords(error)}`, { cause: error });
  }
}
