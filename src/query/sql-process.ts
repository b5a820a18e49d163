/** The process that `sql-apart` starts: it runs one query and answers with its rows, a batch for each question. */
import { Worker } from 'node:worker_threads';
import { openReadOnly } from '../db/open.ts';
import { UsageError } from '../errors.ts';
import { runSql } from './sql.ts';
import type { Question, Reply } from './sql-apart.ts';

/**
 * Ends this process when its parent has gone, even while SQLite works: a thread of its own looks every second. The parent
 * says who it is: it may be gone, and this process be another one's child, before the thread looks for the first time.
 */
const guard = `
  const parent = require('node:worker_threads').workerData;
  const look = () => process.ppid === parent || process.kill(process.pid, 'SIGKILL');
  look();
  setInterval(look, 1000);
`;

let batches: Iterator<Reply> | undefined;

function answer(question: Question): Reply {
  try {
    if (question === 'next') return batches?.next().value ?? { done: true };
    const { columns, batches: found } = runSql(openReadOnly(question.file), question.text);
    batches = replies(found as Iterable<never[][]>);
    return { columns };
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    return { problem, usage: error instanceof UsageError };
  }
}

function* replies(found: Iterable<never[][]>): Generator<Reply> {
  for (const rows of found) yield { rows };
}

new Worker(guard, { eval: true, workerData: Number(process.argv[2]) }).unref();
// Nobody is left to be told of an answer that can't be sent.
const leave = (error: Error | null) => void (error && process.exit(1));
process.on('message', (question: Question) => process.send?.(answer(question), undefined, undefined, leave));
