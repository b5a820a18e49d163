/** Runs a query in a process of its own, which can be ended: SQLite, once it works, listens to nobody. */
import { type ChildProcess, fork } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Cell } from '../db/columns.ts';
import type { Clock } from '../effects.ts';
import { InterruptedError, UsageError, UserError } from '../errors.ts';
import type { SqlResult } from './sql.ts';

/** What the parent asks, each answered with one `Reply`: first the query, then for batch after batch. */
export type Question = { readonly file: string; readonly text: string } | 'next';
export type Reply =
  | { readonly columns: readonly string[] }
  | { readonly rows: Cell[][] }
  | { readonly done: true }
  | { readonly problem: string; readonly usage: boolean };

export interface ApartOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** How long the query may work, in milliseconds; Infinity for no limit. Time its reader takes does not count. */
  readonly limit: number;
}

/** Runs a query on the mirror at `file`. The process ends with the last batch, or when the reader stops early. */
export async function runApart(file: string, text: string, options: ApartOptions): Promise<SqlResult> {
  const here = fileURLToPath(import.meta.url);
  const program = path.join(path.dirname(here), `sql-process${path.extname(here)}`);
  const child = fork(program, [String(process.pid)], {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    execArgv: [],
  });
  const worker = new Worker(child, options);
  try {
    const reply = await worker.ask({ file, text });
    if (!('columns' in reply)) throw new Error('the query process answered out of turn');
    return { columns: reply.columns, batches: worker.batches() };
  } catch (error) {
    worker.end();
    throw error;
  }
}

class Worker {
  readonly #child: ChildProcess;
  readonly #options: ApartOptions;
  #left: number;

  constructor(child: ChildProcess, options: ApartOptions) {
    this.#child = child;
    this.#options = options;
    this.#left = options.limit;
  }

  async *batches(): AsyncGenerator<Cell[][]> {
    try {
      for (;;) {
        const reply = await this.ask('next');
        if (!('rows' in reply)) return;
        yield reply.rows;
      }
    } finally {
      this.end();
    }
  }

  /** Asks, and waits for the answer as long as there is time left. */
  async ask(question: Question): Promise<Reply> {
    const { clock, signal, limit } = this.#options;
    const settled = new AbortController();
    const asked = clock.now();
    try {
      const reply = await Promise.race([this.#answer(question), this.#expiry(settled.signal)]);
      if (reply !== 'expired') return this.#accept(reply);
    } finally {
      settled.abort();
      this.#left -= clock.now() - asked;
    }
    if (signal.aborted) throw new InterruptedError();
    throw new UserError(
      `the query worked for longer than ${limit / 1000} s and was stopped; --timeout gives it more time, 0 all of it`,
    );
  }

  #accept(reply: Reply): Reply {
    if (!('problem' in reply)) return reply;
    throw reply.usage ? new UsageError(reply.problem) : new UserError(reply.problem);
  }

  #answer(question: Question): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const ended = () => reject(new UserError('the query was stopped: its process ended'));
      this.#child.once('exit', ended).once('error', reject);
      this.#child.once('message', (reply) => {
        this.#child.off('exit', ended).off('error', reject);
        resolve(reply as Reply);
      });
      this.#child.send(question);
    });
  }

  async #expiry(settled: AbortSignal): Promise<'expired'> {
    const { clock, signal } = this.#options;
    try {
      const both = AbortSignal.any([settled, signal]);
      if (this.#left === Number.POSITIVE_INFINITY)
        await new Promise((resolve) => both.addEventListener('abort', resolve));
      else await clock.sleep(this.#left, both);
    } catch {
      // Aborted: either nobody waits any more, or the user wants out.
    }
    return 'expired';
  }

  end(): void {
    this.#child.kill('SIGKILL');
  }
}
