/**
 * A client that knows SQLite and nothing of this program, as a shell or a notebook is one. Usage: FILE run SQL: runs it
 * and prints the last rows. FILE hold SQL: runs it in a transaction that it keeps open, says "held", and waits to be
 * ended. FILE repeat SQL PREFIX COUNT: runs it so often, each time with another value and in a transaction of its own,
 * and says each.
 */
import Sqlite from 'better-sqlite3';

const [file = '', mode = '', ...rest] = process.argv.slice(2);
const db = new Sqlite(file, { fileMustExist: true, timeout: 30_000 });

function run(sql: string): void {
  const statements = sql.split(/;\s*\n/).filter((text) => text.trim() !== '');
  let rows: unknown = [];
  for (const text of statements) {
    const statement = db.prepare(text);
    rows = statement.reader ? statement.raw().all() : [[statement.run().changes]];
  }
  process.stdout.write(JSON.stringify(rows));
}

function hold(sql: string): void {
  db.exec('BEGIN');
  const statement = db.prepare(sql);
  if (statement.reader) statement.all();
  else statement.run();
  process.stdout.write('held\n');
  setInterval(() => {}, 1000);
}

/** One edit after the other, with room for signals in between. */
async function repeat([sql = '', prefix, count]: string[]): Promise<void> {
  const statement = db.prepare(sql);
  for (let number = 1; number <= Number(count); number++) {
    const value = `${prefix}-${number}`;
    process.stdout.write(`try ${value}\n`);
    statement.run(value);
    process.stdout.write(`done ${value}\n`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

if (mode === 'run') run(rest[0] ?? '');
else if (mode === 'hold') hold(rest[0] ?? '');
else if (mode === 'repeat') await repeat(rest);
else throw new Error(`no such mode: ${mode}`);
