/** The settings of the program, each one entry: flag, environment, default, help, and what makes a value unusable. */
import fs from 'node:fs';
import { type Auth, authHeader, checkBase, defaultBase } from './api/base.ts';
import { TokenError, UsageError } from './errors.ts';
import { systemWords } from './system-words.ts';

/** One setting. A flag beats the environment; an empty variable counts as none. */
export interface Setting<T> {
  readonly flag: string;
  readonly environment: string;
  readonly fallback: string;
  readonly help: string;
  /** The value of what was given; throws a UsageError that repeats it, and `source`, the flag or variable it came by. */
  readonly read: (given: string, source: string) => T;
}

/** Keyed by the name that commander gives the flag's value. Source: CONTRACT.md, Settings. */
export const settingTable = {
  db: setting({
    flag: '--db <file>',
    environment: 'OPTIMIRROR_DB',
    fallback: 'optimirror.db',
    help: 'the mirror',
    read: (given, source) => given || refuse(source, given, 'has to name a file'),
  }),
  apiBase: setting({
    flag: '--api-base <url>',
    environment: 'OPTIMIZELY_API_BASE',
    fallback: defaultBase,
    help: 'the API: https, or http to this machine',
    read: (given) => checkBase(given).href,
  }),
  auth: setting({
    flag: '--auth <header>',
    environment: 'OPTIMIZELY_AUTH',
    fallback: 'token',
    help: 'which header carries the token: token or bearer',
    read: (given, source): Auth =>
      given === 'token' || given === 'bearer' ? given : refuse(source, given, 'is token or bearer'),
  }),
  concurrency: setting({
    flag: '--concurrency <n>',
    environment: 'OPTIMIRROR_CONCURRENCY',
    fallback: '4',
    help: 'requests in flight at most',
    read: (given, source) => {
      const value = numberOf(given);
      if (Number.isSafeInteger(value) && value >= 1) return value;
      return refuse(source, given, 'is a whole number from 1 on');
    },
  }),
  rate: setting({
    flag: '--rate <n>',
    environment: 'OPTIMIRROR_RATE',
    fallback: '10',
    help: 'requests a second at most; 0 for no limit',
    read: (given, source) => {
      const value = numberOf(given);
      if (Number.isFinite(value) && value >= 0) return value;
      return refuse(source, given, 'is a number of requests a second, or 0 for no limit');
    },
  }),
};

/** The token has no flag of its own: what stands in an argument can be read by everyone on the machine. */
export const tokenSetting = {
  flag: '--token-file <file>',
  environment: 'OPTIMIZELY_TOKEN',
  help: 'a file that holds the token',
} as const;

export interface Settings {
  readonly db: string;
  readonly apiBase: string;
  readonly auth: Auth;
  readonly concurrency: number;
  readonly rate: number;
  /** Reads the token, for a command that needs the API; throws `TokenError` where there is none. */
  token(): string;
}

export type Environment = Readonly<Record<string, string | undefined>>;
/** The flags as commander read them: texts, or undefined where they were not given. */
export type SettingFlags = Readonly<Partial<Record<keyof typeof settingTable | 'tokenFile', string>>>;

/** The settings of one run. Throws a UsageError for a value that can't be used, whether the command needs it or not. */
export function readSettings(flags: SettingFlags, environment: Environment): Settings {
  const read = <K extends keyof typeof settingTable>(name: K) => givenOr<K>(name, flags, environment);
  return {
    db: read('db'),
    apiBase: read('apiBase'),
    auth: read('auth'),
    concurrency: read('concurrency'),
    rate: read('rate'),
    token: () => checkedToken(readToken(flags.tokenFile, environment), read('auth')),
  };
}

type ValueOf<K extends keyof typeof settingTable> =
  (typeof settingTable)[K] extends Setting<infer T> ? T : never;

function givenOr<K extends keyof typeof settingTable>(
  name: K,
  flags: SettingFlags,
  environment: Environment,
): ValueOf<K> {
  const { flag, environment: variable, fallback, read } = settingTable[name] as Setting<ValueOf<K>>;
  const given = flags[name];
  if (given !== undefined) return read(given, flagOf({ flag }));
  return read(environment[variable] || fallback, variable);
}

function readToken(file: string | undefined, environment: Environment): string | undefined {
  if (file === undefined) return environment[tokenSetting.environment];
  // Somebody may have given the token itself in place of its file's name.
  const named = /^[^/\\.]{16,}$/.test(file) ? `the file that ${flagOf(tokenSetting)} names` : file;
  const token = textOf(file, named).trim();
  if (token === '') throw new TokenError(`${named} is empty: put the token into it`);
  return token;
}

function textOf(file: string, named: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    throw new TokenError(`the token can't be read from ${named}: ${systemWords(error)}`);
  }
}

function checkedToken(token: string | undefined, auth: Auth): string {
  authHeader(token, auth);
  return token ?? '';
}

/** `--flag` of `--flag <value>`. */
const flagOf = ({ flag }: { readonly flag: string }) => flag.split(' ')[0] ?? flag;

function setting<T>(entry: Setting<T>): Setting<T> {
  return entry;
}

/** Only plain numbers: `Number` alone would take an empty text for 0, and hexadecimals. */
function numberOf(given: string): number {
  return /^-?\d+(\.\d+)?$/.test(given.trim()) ? Number(given) : Number.NaN;
}

function refuse(source: string, given: string, what: string): never {
  throw new UsageError(`${source} ${what}, not ${JSON.stringify(given.slice(0, 200))}`);
}
