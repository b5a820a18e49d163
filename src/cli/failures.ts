/** Where errors become exit statuses and sentences, all of them. */
import { tokenSetting } from '../config.ts';
import { exitStatus, InvalidIDError, OptimizelyError, UnauthorizedError, UserError } from '../errors.ts';
import { printable } from './format/printable.ts';

export interface Failure {
  readonly status: number;
  /** What the user reads; null where everything was said already. */
  readonly message: string | null;
  /** A fault of the program rather than of its input: with `--verbose` its trace is shown. */
  readonly unexpected?: true;
}

/** What SQLite says by its code, in words that say what to do. Any other code is unexpected. */
const sqliteWords: Readonly<Record<string, string>> = {
  SQLITE_BUSY: 'the mirror is busy: another program has been writing to it for too long; try again',
  SQLITE_FULL: 'the disk is full; what was finished is kept',
  SQLITE_CORRUPT: 'the mirror is damaged: move it aside and pull again',
  SQLITE_NOTADB: 'the mirror is damaged: move it aside and pull again',
  SQLITE_READONLY: 'the mirror can only be read: see the rights of its file and folder',
  SQLITE_CANTOPEN: 'the mirror can not be opened: see the rights of its file and folder',
};

/** The exit status and the words of anything that was thrown. Source: CONTRACT.md, Commands. */
export function failureOf(error: unknown, interrupted: boolean): Failure {
  if (interrupted) {
    const message = error instanceof UserError ? error.message : 'interrupted; what was finished is kept';
    return { status: exitStatus.interrupted, message };
  }
  if (error instanceof UserError) return { status: error.exit, message: error.message };
  if (error instanceof InvalidIDError) return { status: exitStatus.usage, message: error.apiMessage };
  if (error instanceof OptimizelyError) {
    const status = error instanceof UnauthorizedError ? exitStatus.token : exitStatus.unexpected;
    return { status, message: error.message };
  }
  if (!(error instanceof Error)) return unexpected(String(error));
  const { code } = error as Error & { code?: unknown };
  if (typeof code !== 'string') return unexpected(error.message);
  if (code.startsWith('commander.')) return commanderFailure(error, code);
  // A refusal of the triggers, and what the user's own SQL could not do.
  if (code === 'SQLITE_CONSTRAINT_TRIGGER') return { status: exitStatus.usage, message: error.message };
  const words = sqliteWords[code.split('_').slice(0, 2).join('_')];
  return words ? { status: exitStatus.unexpected, message: words } : unexpected(error.message);
}

function unexpected(message: string): Failure {
  return { status: exitStatus.unexpected, message: `unexpected error: ${message}`, unexpected: true };
}

/** Help and version arrive as errors too; commander has written them by then. */
function commanderFailure(error: Error & { exitCode?: unknown }, code: string): Failure {
  if (error.exitCode === 0) return { status: exitStatus.done, message: null };
  if (code === 'commander.help') return { status: exitStatus.usage, message: null };
  const sentence = error.message.replace(/^error: /, '').replaceAll('\n', ' ');
  return { status: exitStatus.usage, message: printable(withoutSecrets(sentence)) };
}

/** What was put into the wrong place may have been the token: of options that there are not, only the name is repeated. */
function withoutSecrets(sentence: string): string {
  if (/^unknown option '--?t/i.test(sentence)) {
    return (
      'the token is never an argument, which everybody on this machine could read: ' +
      `set ${tokenSetting.environment}, or name a file that holds it with ${tokenSetting.flag}`
    );
  }
  return sentence.replace(/(option '--[\w-]+=)[^']*/, '$1…').replace(/(but got \d+): .*$/s, '$1');
}
