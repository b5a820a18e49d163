/** The mirror as a library: the client's own objects, read from the file, written to its outbox; and pull, push, SQL. */
import type { OptimizelyClient } from './api/client.ts';
import type { JsonObject } from './api/description.ts';
import { createResources, type FullStore } from './api/entities.ts';
import type { Accessors } from './api/entity-types.ts';
import { type EntityName, entityPath, listPath, type ResourceName } from './api/resources.ts';
import type { Cell, Row } from './db/columns.ts';
import { takeLock } from './db/lock.ts';
import { type Database, mirrorExists, openMirrorFile } from './db/open.ts';
import { createEntity, deleteEntity } from './edits/create.ts';
import { editEntity } from './edits/edit.ts';
import type { Effects } from './effects.ts';
import { MirrorError, NotFoundError, UsageError } from './errors.ts';
import { getEntity } from './query/get.ts';
import { listEntities } from './query/list.ts';
import { type PullOptions, pull } from './sync/pull.ts';
import { type PushOptions, push } from './sync/push.ts';
import type { PullReport, PushReport } from './sync/report.ts';
import { systemEffects } from './system.ts';

export interface MirrorOptions {
  /** The mirror's file; `optimirror.db` in the working folder unless told. A new one is made where there is none. */
  readonly db?: string;
  /** Needed to pull and push; reading and editing work without. */
  readonly client?: OptimizelyClient;
  /** Clock and randomness, for tests. */
  readonly effects?: Effects;
}

/** The store that is a mirror: reads are local, writes wait in the outbox. */
function mirrorStore(db: Database): FullStore {
  const find = (resource: EntityName, id: number): JsonObject => {
    const entity = getEntity(db, resource, id);
    if (entity !== undefined) return entity;
    const path = entityPath(resource, id);
    throw new NotFoundError({
      method: 'GET',
      path,
      status: 404,
      apiMessage: 'the mirror has none of this id',
    });
  };
  return {
    negativeIds: true,
    get: async (resource, id) => find(resource, id),
    list: async (resource, parentId, query) => {
      if (query && Object.keys(query).length > 0) refuseSegment(resource, parentId);
      return listEntities(db, resource, parentId === null ? {} : { parentId });
    },
    listAll: async (resource) => listEntities(db, resource),
    create: async (resource, data) => find(resource, createEntity(db, resource, data).entity_id),
    update: async (resource, id, changes) => {
      find(resource, id);
      editEntity(db, resource, id, changes);
      return find(resource, id);
    },
    delete: async (resource, id) => {
      find(resource, id);
      deleteEntity(db, resource, id);
    },
  };
}

function refuseSegment(resource: ResourceName, parentId: number | null): never {
  throw new UsageError(
    `the mirror holds ${resource} of all visitors; ask the online client for a segment of ${listPath(resource, parentId)}`,
  );
}

type Derived = new (store: FullStore) => Accessors<true>;
const WithAccessors = class {
  constructor(store: FullStore) {
    Object.assign(this, createResources(store));
  }
} as Derived;

/**
 * An open mirror: `mirror.projects`, `mirror.experiments` and so on are the client's objects, read from the file. Their
 * `save()` and `delete()` fill the outbox; nothing but `pull` and `push` asks the network.
 */
export class Mirror extends WithAccessors {
  /** The mirror's file. */
  readonly file: string;
  readonly #db: Database;
  readonly #client: OptimizelyClient | undefined;
  readonly #effects: Effects;

  /** Use `openMirror`. */
  constructor(db: Database, file: string, client: OptimizelyClient | undefined, effects: Effects) {
    super(mirrorStore(db));
    this.file = file;
    this.#db = db;
    this.#client = client;
    this.#effects = effects;
  }

  /**
   * Brings the mirror up to date with the API.
   * @throws BusyError where another pull or push is at work, TokenError, InterruptedError
   */
  pull(options: PullOptions = {}): Promise<PullReport> {
    return this.#locked((client) => pull({ db: this.#db, api: client.api, effects: this.#effects }, options));
  }

  /**
   * Sends the outbox. What can't be taken back is held unless `yes`.
   * @throws BusyError where another pull or push is at work, TokenError, InterruptedError
   */
  push(options: PushOptions = {}): Promise<PushReport> {
    return this.#locked((client) => push({ db: this.#db, api: client.api, effects: this.#effects }, options));
  }

  /**
   * Any SQL on the mirror. A statement that reads resolves with its rows; an edit is captured or refused like anybody's,
   * and gives no rows.
   */
  sql(text: string, params: readonly Cell[] | Record<string, Cell> = []): Row[] {
    const statement = this.#db.prepare<unknown[]>(text);
    const given = Array.isArray(params) ? params : [params];
    if (statement.reader) return statement.all(...given) as Row[];
    statement.run(...given);
    return [];
  }

  /** Closes the file. The client stays open. */
  close(): void {
    this.#db.close();
  }

  async #locked<T>(work: (client: OptimizelyClient) => Promise<T>): Promise<T> {
    if (!this.#client)
      throw new UsageError('this mirror was opened without a client: openMirror({ db, client })');
    const lock = takeLock(this.file);
    try {
      return await work(this.#client);
    } finally {
      lock.release();
    }
  }
}

/**
 * Opens a mirror, or makes one where a client is given to fill it.
 * ```ts
 * const mirror = openMirror({ db: 'optimirror.db', client: new OptimizelyClient(token) });
 * await mirror.pull();
 * const [project] = await mirror.projects.get();
 * ```
 * @throws MirrorError for a file that is no mirror, a newer one, or none where no client is given
 */
export function openMirror({
  db: file = 'optimirror.db',
  client,
  effects = systemEffects,
}: MirrorOptions = {}): Mirror {
  if (!client && !mirrorExists(file))
    throw new MirrorError(`there is no mirror at ${file}: give a client, and pull`);
  return new Mirror(openMirrorFile(file, { create: client !== undefined }), file, client, effects);
}
