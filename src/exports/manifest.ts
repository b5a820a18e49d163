/** What an export remembers in its folder: whose mirror it was, and how far each history has been written. */
import fs from 'node:fs';
import path from 'node:path';
import type { Database } from 'better-sqlite3';
import { UsageError } from '../errors.ts';
import type { ExportFormat } from './format.ts';

/** Hidden, so that whoever reads the whole folder passes over it. */
export const manifestName = '.optimirror-export.json';
const version = 1;

/** How far a history has been written. */
export interface Reach {
  /** The moment where it begins; empty for the very beginning. */
  readonly since: string;
  /** The highest id written. */
  readonly up_to: number;
}

/** The tables that the folder has in a format: null for a resource, which every export writes anew. */
export type Tables = Readonly<Record<string, Reach | null>>;

export interface Manifest {
  readonly optimirror_export: typeof version;
  /** Which mirror it is of: ids of another one's history would mean something else. */
  readonly mirror: string | null;
  readonly formats: Readonly<Partial<Record<ExportFormat, Tables>>>;
}

/** The moment of a mirror's first run tells it from every other one, also from one made anew at the same place. */
export function mirrorIdentity(db: Database): string | null {
  return db.prepare('SELECT started_at FROM sync_runs ORDER BY run_id LIMIT 1').pluck().get() as
    | string
    | null;
}

/** The folder's manifest; null where no export wrote here yet. Throws a UsageError where the folder is not this mirror's. */
export function readManifest(folder: string, mirror: string | null): Manifest | null {
  const file = path.join(folder, manifestName);
  if (!fs.existsSync(file)) return null;
  const manifest = parsed(fs.readFileSync(file, 'utf8'));
  if (manifest?.optimirror_export !== version) {
    throw new UsageError(`${file} is of a newer optimirror, or damaged: name another folder with --out`);
  }
  if (manifest.mirror !== mirror) {
    throw new UsageError(`${folder} holds an export of another mirror: name another folder with --out`);
  }
  return manifest;
}

function parsed(text: string): Manifest | null {
  try {
    return JSON.parse(text) as Manifest | null;
  } catch {
    return null;
  }
}

export function tablesOf(manifest: Manifest | null, format: ExportFormat): Tables {
  return manifest?.formats[format] ?? {};
}

/** The manifest with what it says of some tables of a format replaced. */
export function withTables(
  manifest: Manifest | null,
  mirror: string | null,
  format: ExportFormat,
  tables: Tables,
): Manifest {
  const formats = { ...manifest?.formats, [format]: { ...tablesOf(manifest, format), ...tables } };
  return { optimirror_export: version, mirror, formats };
}

export function manifestText(manifest: Manifest): string {
  return `${JSON.stringify(manifest, null, 2)}\n`;
}
