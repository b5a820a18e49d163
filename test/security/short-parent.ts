/** A program that is killed as soon as the process of its query works. FILE SQL: says that process's id, and dies. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const [file = '', text = ''] = process.argv.slice(2);
const program = fileURLToPath(new URL('../../src/query/sql-process.ts', import.meta.url));
const child = fork(program, [String(process.pid)], {
  serialization: 'advanced',
  stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
});
process.stdout.write(`${child.pid}\n`);
child.send({ file, text });
// The first answer names the columns; to be asked for rows is what sets it to work.
child.once('message', () => child.send('next', () => process.kill(process.pid, 'SIGKILL')));
