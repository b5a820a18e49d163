/** The system's own `sqlite3` shell, where it has one as new as docs/schema.md asks for. */
import { spawnSync } from 'node:child_process';

const { stdout } = spawnSync('sqlite3', ['--version'], { encoding: 'utf8' });
const [, minor = 0] = /^3\.(\d+)\./.exec(stdout ?? '') ?? [];

export const hasShell = Number(minor) >= 40;

/** Its command with these arguments. The settings of whoever runs the tests stay outside: it would read ~/.sqliterc. */
export const shellCommand = (...args: string[]): [file: string, args: string[]] => [
  'sqlite3',
  ['-init', '/dev/null', ...args],
];
