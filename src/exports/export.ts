/** The export: one moment's state of the mirror, written aside table by table, then put in place as a whole. */
import path from 'node:path';
import type { Database } from 'better-sqlite3';
import { InterruptedError, UsageError, UserError } from '../errors.ts';
import { isUnusablePath, systemWords } from '../system-words.ts';
import { ExportFolder } from './folder.ts';
import { type ExportFormat, writerOf } from './format.ts';
import {
  type Manifest,
  mirrorIdentity,
  type Reach,
  readManifest,
  type Tables,
  tablesOf,
  withTables,
} from './manifest.ts';
import { beginsAfter, standing } from './names.ts';
import { countSql, type ExportTable } from './tables.ts';
import { type Export, type ExportedFile, exportTable, highestId } from './write-table.ts';

export interface ExportOptions {
  readonly format: ExportFormat;
  /** The folder; made where there is none. */
  readonly out: string;
  readonly tables: readonly ExportTable[];
  /** Where the histories begin, as the mirror writes moments; empty for their beginning. */
  readonly since: string;
  readonly safeCsv: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: (now: { readonly done: number; readonly waiting: number }) => void;
}

export interface ExportReport {
  readonly files: readonly ExportedFile[];
  readonly rows: number;
}

/**
 * Writes tables of a mirror into a folder. Resources are written anew, of a history what the folder does not have yet.
 * Everything is written aside and put in place at the end; the manifest, which says how far the histories reach, comes
 * last. An export that is killed in between leaves whole files only, and the next one does its work again.
 * @throws UsageError for a folder that is somebody else's, UserError where another export writes there or nothing can be
 * written, InterruptedError
 */
export async function exportMirror(db: Database, options: ExportOptions): Promise<ExportReport> {
  try {
    const folder = await ExportFolder.open(options.out);
    try {
      // One read transaction: all tables are of one moment, whatever is pulled meanwhile.
      db.exec('BEGIN');
      return await writeAll(db, folder, options);
    } finally {
      if (db.inTransaction) db.exec('COMMIT');
      await folder.close();
    }
  } catch (error) {
    throw inWords(error, options.out);
  }
}

async function writeAll(db: Database, folder: ExportFolder, options: ExportOptions): Promise<ExportReport> {
  const { format, tables, out } = options;
  const mirror = mirrorIdentity(db);
  const found = readManifest(out, mirror);
  const reaches = reachesOf(found, options);
  refuseForeign(found, options);
  // From here on the files' names are ours, whenever this export ends.
  const claimed = withTables(found, mirror, format, Object.fromEntries(reaches));
  await folder.writeManifest(claimed);
  for (const table of tables) await removeLeftovers(folder, table, reaches.get(table.name) ?? null, format);

  const open = await writerOf(format);
  const run: Export = { db, folder, format, open, options, wrote: progressOf(db, reaches, options) };
  const files: ExportedFile[] = [];
  const reached: [string, Reach | null][] = [];
  for (const table of tables) {
    const reach = reaches.get(table.name) ?? null;
    files.push(...(await exportTable(run, table, reach)));
    reached.push([table.name, reach && { since: reach.since, up_to: highestId(db, table) }]);
  }
  await folder.publish();
  await folder.writeManifest(withTables(claimed, mirror, format, Object.fromEntries(reached)));
  return {
    files: files.map((file) => ({ ...file, path: path.join(out, file.path) })),
    rows: files.reduce((sum, { rows }) => sum + rows, 0),
  };
}

/** How far the folder has each of the tables. A history that it does not have yet begins at `since`. */
function reachesOf(found: Manifest | null, options: ExportOptions): Map<string, Reach | null> {
  const known: Tables = tablesOf(found, options.format);
  return new Map(
    options.tables.map(({ name, kind }) => {
      if (kind === 'resource') return [name, null];
      const before = known[name];
      const reach = before && before.up_to > 0 ? before : { since: options.since, up_to: 0 };
      if (options.since !== '' && options.since < reach.since) refuseEarlier(options.out, name, reach);
      return [name, reach];
    }),
  );
}

/** What is older could only be put in as parts that overlap with those there. */
function refuseEarlier(folder: string, table: string, { since }: Reach): never {
  throw new UsageError(
    `${table} in ${folder} begins at ${since}: leave --since out to add what is new, or name another folder for more`,
  );
}

/** Nobody's file is overwritten: what stands under a table's name has to be from an earlier export. */
function refuseForeign(found: Manifest | null, { format, tables, out }: ExportOptions): void {
  const ours = tablesOf(found, format);
  for (const table of tables) {
    if (Object.hasOwn(ours, table.name)) continue;
    const [name] = standing(out, table, format);
    if (name === undefined) continue;
    throw new UsageError(
      `${path.join(out, name)} is there already, and no export wrote it: name another folder with --out, or move it away`,
    );
  }
}

/** Parts that an export put in place and was killed before it wrote so down: they would come twice. */
async function removeLeftovers(
  folder: ExportFolder,
  table: ExportTable,
  reach: Reach | null,
  format: ExportFormat,
): Promise<void> {
  if (reach === null) return;
  await folder.remove(standing(folder.root, table, format).filter((name) => beginsAfter(name, reach.up_to)));
}

function progressOf(
  db: Database,
  reaches: ReadonlyMap<string, Reach | null>,
  { tables, signal, onProgress }: ExportOptions,
): (rows: number) => void {
  const total = tables.reduce((sum, table) => {
    const reach = reaches.get(table.name);
    const count = db.prepare(countSql(table)).pluck();
    return sum + ((reach ? count.get(reach.up_to, reach.since) : count.get()) as number);
  }, 0);
  let done = 0;
  return (rows) => {
    if (signal?.aborted) throw new InterruptedError();
    done += rows;
    onProgress?.({ done, waiting: total - done });
  };
}

/** What the file system refuses, in words: a file where a folder should be, a full disk. */
function inWords(error: unknown, out: string): unknown {
  if (!(error instanceof Error) || !('syscall' in error)) return error;
  if (isUnusablePath(error)) {
    const why = systemWords(error, 'no folder can be made there');
    return new UsageError(`${out} can't be written to: ${why}. Name a folder with --out.`, { cause: error });
  }
  return new UserError(`the export can't be written to ${out}: ${systemWords(error)}`, { cause: error });
}
