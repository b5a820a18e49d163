/** The effects that come in from outside: clock, timers, randomness. The engine names no others. */

export interface Clock {
  /** Milliseconds since 1970, UTC. */
  now(): number;
  /**
   * Resolves after `ms` milliseconds, and for 0 as soon as what is ready by now has had its turn; rejects with the
   * signal's reason when it aborts first.
   */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** A file as far as bringing to the disk goes what somebody else writes into it. */
export interface DiskFile {
  /** Resolves when what was written into the file before is on the disk. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

export interface Effects {
  readonly clock: Clock;
  /** A number from 0 up to, but not including, 1. */
  random(): number;
  /** Opens a file that is there, to be flushed. Without this, each commit waits for the disk by itself. */
  openFile?(path: string): Promise<DiskFile>;
}

/** The moment as the text that the mirror stores: UTC, milliseconds. */
export function timestamp(clock: Clock): string {
  return new Date(clock.now()).toISOString();
}
