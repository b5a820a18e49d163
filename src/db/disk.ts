/** Commits that do not wait for the disk, and the waiting for it: beside what goes on, and together for many of them. */
import type { Database } from 'better-sqlite3';
import type { DiskFile, Effects } from '../effects.ts';
import { relaxed } from './transaction.ts';

/**
 * Opens the disk below a mirror. Where the effects know of none, the mirror has no write-ahead log, whose flush is all that
 * a commit would wait for, or the log can't be opened, every commit waits by itself.
 */
export async function openDisk(db: Database, { openFile }: Effects): Promise<Disk> {
  if (!openFile || db.pragma('journal_mode', { simple: true }) !== 'wal') return new Disk(null);
  try {
    return new Disk(await openFile(`${placeOf(db)}-wal`));
  } catch {
    return new Disk(null);
  }
}

/** Where the file itself is, of which a path may be a link: the log lies beside the file. */
function placeOf(db: Database): string | undefined {
  const files = db.pragma('database_list') as { name: string; file: string }[];
  return files.find(({ name }) => name === 'main')?.file;
}

export class Disk {
  readonly #log: DiskFile | null;
  #running: Promise<void> | null = null;
  #next: Promise<void> | null = null;

  constructor(log: DiskFile | null) {
    this.#log = log;
  }

  /** Runs transactions that are on the disk when `reached`, called afterwards, resolves. */
  commit<T>(db: Database, body: () => T): T {
    return this.#log ? relaxed(db, body) : body();
  }

  /** Resolves when all that was committed until now is on the disk; rejects where that can't be brought there. */
  reached(): Promise<void> {
    if (this.#log === null) return Promise.resolve();
    if (this.#running === null) return this.#flush(this.#log);
    this.#next ??= this.#afterRunning(this.#log, this.#running);
    return this.#next;
  }

  async close(): Promise<void> {
    await this.#log?.close();
  }

  #flush(log: DiskFile): Promise<void> {
    const running = log.flush().finally(() => {
      this.#running = null;
    });
    this.#running = running;
    return running;
  }

  /** A flush that is under way may have begun before the last commits. That it failed is told to those who wait for it. */
  async #afterRunning(log: DiskFile, running: Promise<void>): Promise<void> {
    await Promise.allSettled([running]);
    this.#next = null;
    return this.#flush(log);
  }
}
