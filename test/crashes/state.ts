/** How things stand at the end of a run, with everything left out that may differ: ids made on the way, times, attempts. */
import type { Database } from 'better-sqlite3';
import type { Field, Json, JsonObject } from '../../src/api/description.ts';
import {
  type EntityName,
  entityNames,
  fieldsOf,
  observationNames,
  parentField,
  parentOf,
} from '../../src/api/resources.ts';
import { quoted } from '../../src/db/columns.ts';
import type { SandboxAccount } from '../../src/sandbox/index.ts';

const fieldsWith = (has: (field: Field) => boolean): Set<string> =>
  new Set(entityNames.flatMap((name) => fieldsOf(name).flatMap(([field, of]) => (has(of) ? [field] : []))));

/** Made up by the server, or a moment. */
const varying = fieldsWith(
  ({ made, kind, by }) => made !== undefined || (kind === 'time' && by === 'server'),
);
/** What follows from our own writes may be seen by a pull, or by the push that goes on after a crash. */
const derived = fieldsWith((field) => field.derived === true);
const moments = ['finished_at', 'observed_at', 'created_at', 'updated_at'];
const counters = ['id', 'run_id', 'outbox_id', 'attempts', 'chain', 'status_code'];

type Rename = (value: Json) => Json;

export interface State {
  /** What account and mirror hold, and what waits. */
  readonly standing: string;
  /** What the mirror remembers of how that came about. */
  readonly history: string;
}

/** Everything that can be compared, as sorted texts. */
export function stateOf(account: SandboxAccount, db: Database): State {
  const names = new Names(account, db);
  const server = entityNames.map((resource) => [resource, sorted(account.list(resource), names.rename)]);
  const rows = (table: string) => db.prepare(`SELECT * FROM ${quoted(table)}`).all() as JsonObject[];
  const mirror = [...entityNames, ...observationNames].map((table) => [
    table,
    sorted(rows(table), names.rename),
  ]);
  const remotes = entityNames.map((name) => [name, sorted(rows(`remote_${name}`).map(parsed), names.rename)]);
  const waiting = db
    .prepare(
      'SELECT o.resource, o.entity_id, o.op, o.status, o.error, c.field, c.base_value, c.local_value, c.remote_value FROM outbox AS o LEFT JOIN outbox_changes AS c ON c.outbox_id = o.id',
    )
    .all() as JsonObject[];
  const log = db
    .prepare('SELECT resource, entity_id, op, outcome, changes FROM push_log')
    .all() as JsonObject[];
  const news = db
    .prepare('SELECT resource, entity_id, field, old_value, new_value FROM changes')
    .all() as JsonObject[];
  const outbox = sorted(waiting.map(parsed), names.rename);
  const history = {
    log: sorted(log.map(parsed).flatMap(eachField), names.rename),
    changes: sorted(
      news.filter(({ field }) => !varying.has(String(field)) && !derived.has(String(field))).map(parsed),
      names.rename,
    ),
  };
  const text = (value: object) => JSON.stringify(value, null, 1);
  return { standing: text({ server, mirror, remotes, outbox }), history: text(history) };
}

/**
 * What became of each field. A crash can make two requests of one, or find that what would have been sent with others
 * is there already: all the same the API has it.
 */
function eachField({ resource, entity_id, op, outcome, changes }: JsonObject): JsonObject[] {
  const what = { resource, entity_id, outcome: outcome === 'converged' ? 'sent' : outcome } as JsonObject;
  const fields = changes as { field: string; local: Json }[];
  if (op === 'delete') return [{ ...what, op }];
  return fields.map(({ field, local }) => ({ ...what, field, local }));
}

/** JSON inside texts, so that ids in it are seen. */
function parsed(row: JsonObject): JsonObject {
  const entries = Object.entries(row).map(([name, value]): [string, Json] => {
    if (typeof value !== 'string' || !/^[[{"\d-]/.test(value)) return [name, value];
    try {
      return [name, JSON.parse(value) as Json];
    } catch {
      return [name, value];
    }
  });
  return Object.fromEntries(entries);
}

function sorted(rows: readonly JsonObject[], rename: Rename): string[] {
  return rows.map((row) => JSON.stringify(rename(row))).sort();
}

/** Ids by what they stand for: two runs may be given different ones for the same thing. */
class Names {
  readonly #names = new Map<number, string>();

  constructor(account: SandboxAccount, db: Database) {
    for (const resource of entityNames) {
      const here = db.prepare(`SELECT * FROM ${quoted(resource)}`).all() as JsonObject[];
      for (const entity of [...account.list(resource), ...here]) this.#add(resource, entity);
    }
  }

  #add(resource: EntityName, entity: JsonObject): void {
    const id = entity.id as number;
    if (this.#names.has(id)) return;
    const parent =
      parentOf(resource) === null
        ? ''
        : (this.#names.get(entity[parentField(resource) ?? ''] as number) ?? '?');
    const base = `${parent}/${resource}:${label(entity)}`;
    let name = base;
    for (let i = 2; [...this.#names.values()].includes(name); i++) name = `${base}#${i}`;
    this.#names.set(id, name);
  }

  readonly rename: Rename = (value) => {
    if (typeof value === 'number') return this.#names.get(value) ?? value;
    if (typeof value === 'string') return this.#text(value);
    if (Array.isArray(value)) return value.map(this.rename);
    if (value === null || typeof value !== 'object') return value;
    const left = Object.entries(value).filter(
      ([name]) =>
        !varying.has(name) && !moments.includes(name) && !(counters.includes(name) && name !== 'id'),
    );
    return Object.fromEntries(left.map(([name, item]) => [name, this.rename(item)]));
  };

  /** Results name variations in texts, and so do messages. */
  #text(text: string): string {
    if (text.startsWith('[') || text.startsWith('{')) {
      try {
        return JSON.stringify(this.rename(JSON.parse(text) as Json));
      } catch {
        return text;
      }
    }
    return text.replace(/-?\d{2,}/g, (digits) => this.#names.get(Number(digits)) ?? digits);
  }
}

function label(entity: JsonObject): string {
  const name = entity.project_name ?? entity.title ?? entity.name ?? entity.description;
  return String(name ?? `${entity.start_time} to ${entity.stop_time}`);
}
