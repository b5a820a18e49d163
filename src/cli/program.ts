/** The command line: global options, the commands by name, and the way from arguments to a command's run. */
import { Command } from 'commander';
import { type SettingFlags, settingTable, tokenSetting } from '../config.ts';
import type { CommandFile, Deps } from './command.ts';

/** A command's file is loaded when it is asked for: the others cost no time at all. */
interface Entry {
  readonly name: string;
  readonly summary: string;
  readonly group: string;
  readonly load: () => Promise<Loaded>;
}

/** A command whose options only it knows. */
interface Loaded {
  define(command: Command): void;
  runFrom(command: Command, deps: Deps): Promise<number>;
}

function loaded<Options>(file: CommandFile<Options>): Loaded {
  return {
    define: (command) => file.define(command),
    runFrom: (command, deps) => file.run(file.read(command), deps),
  };
}

const start = 'Begin:';
const reading = 'Read:';
const editing = 'Edit offline:';
const sending = 'Send:';

const entries: readonly Entry[] = [
  {
    name: 'sandbox',
    summary: 'run a made-up API on this machine, to try everything without an account',
    group: start,
    load: async () => loaded((await import('./commands/sandbox.ts')).sandbox),
  },
  {
    name: 'pull',
    summary: 'bring the mirror up to date',
    group: start,
    load: async () => loaded((await import('./commands/pull.ts')).pull),
  },
  {
    name: 'watch',
    summary: 'pull again and again, for as long as it runs',
    group: start,
    load: async () => loaded((await import('./commands/watch.ts')).watch),
  },
  {
    name: 'status',
    summary: 'when last pulled, how many of each, what waits, what conflicts',
    group: reading,
    load: async () => loaded((await import('./commands/status.ts')).status),
  },
  {
    name: 'list',
    summary: 'read many entities of a resource',
    group: reading,
    load: async () => loaded((await import('./commands/list.ts')).list),
  },
  {
    name: 'get',
    summary: 'read one entity',
    group: reading,
    load: async () => loaded((await import('./commands/get.ts')).get),
  },
  {
    name: 'sql',
    summary: 'run a reading SQL statement on the mirror',
    group: reading,
    load: async () => loaded((await import('./commands/sql.ts')).sql),
  },
  {
    name: 'report',
    summary: 'answer what is asked again and again: overview, winners, stale, changes, power, experiment',
    group: reading,
    load: async () => loaded((await import('./commands/report.ts')).report),
  },
  {
    name: 'export',
    summary: 'write the mirror into files that DuckDB, Spark, Trino, BigQuery or a spreadsheet read',
    group: reading,
    load: async () => loaded((await import('./commands/export.ts')).exportCommand),
  },
  {
    name: 'edit',
    summary: 'edit one entity, all that match, or a file of them',
    group: editing,
    load: async () => loaded((await import('./commands/edit.ts')).edit),
  },
  {
    name: 'create',
    summary: 'make an entity offline',
    group: editing,
    load: async () => loaded((await import('./commands/create.ts')).create),
  },
  {
    name: 'delete',
    summary: 'delete an entity offline',
    group: editing,
    load: async () => loaded((await import('./commands/delete.ts')).deleteCommand),
  },
  {
    name: 'outbox',
    summary: 'what will be pushed; diff shows it field by field, drop takes it back, retry lets it go again',
    group: sending,
    load: async () => loaded((await import('./commands/outbox.ts')).outbox),
  },
  {
    name: 'push',
    summary: 'send the outbox',
    group: sending,
    load: async () => loaded((await import('./commands/push.ts')).push),
  },
  {
    name: 'conflicts',
    summary: 'what both sides changed, and waits for a decision',
    group: sending,
    load: async () => loaded((await import('./commands/conflicts.ts')).conflicts),
  },
  {
    name: 'resolve',
    summary: 'decide a conflict',
    group: sending,
    load: async () => loaded((await import('./commands/resolve.ts')).resolve),
  },
];

/** What the global flags were, beside the settings. */
export interface GlobalFlags extends SettingFlags {
  readonly json?: boolean;
  readonly verbose?: boolean;
}

export interface ProgramContext {
  readonly version: string;
  /** Builds what the command is given, once the global flags are known. */
  readonly deps: (flags: GlobalFlags) => Deps;
  readonly writeOut: (text: string) => void;
  readonly writeErr: (text: string) => void;
  /** Takes a command's exit status. */
  readonly onStatus: (status: number) => void;
}

/** The program as commander runs it. It throws what goes wrong, commander's own errors included. */
export function createProgram(context: ProgramContext): Command {
  const program = new Command('optimirror')
    .description(
      'Keeps a whole Optimizely Classic account in one SQLite file: pulled through a throttle, queried locally, edited offline, pushed back with conflict checks.',
    )
    .usage('[options] <command>')
    .version(context.version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help; for a command, its options and examples')
    .helpCommand('help [command]', 'print help for a command')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: context.writeOut,
      writeErr: context.writeErr,
      // Errors are thrown, and told in one place.
      outputError: () => {},
    })
    .exitOverride();
  addGlobalOptions(program);
  for (const entry of entries) addCommand(program, entry, context);
  program.addHelpText('after', afterHelp);
  return program;
}

/** `help COMMAND` is `COMMAND --help`: commander's own would print it before the command's options are known. */
export function argumentsOf(given: readonly string[]): readonly string[] {
  const [first, name, ...rest] = given;
  return first === 'help' && entries.some((entry) => entry.name === name)
    ? [name ?? '', '--help', ...rest]
    : given;
}

function addGlobalOptions(program: Command): void {
  program.option('--json', 'print one JSON document on stdout, and nothing else there');
  program.option('-v, --verbose', 'say on stderr what is asked and what is answered');
  const { db, ...ofTheApi } = settingTable;
  for (const { flag, environment, fallback, help } of [db, ...Object.values(ofTheApi)]) {
    program.option(flag, `${help} (${environment}; default ${fallback})`);
  }
  program.option(
    tokenSetting.flag,
    `${tokenSetting.help} (or the token itself in ${tokenSetting.environment})`,
  );
}

function addCommand(program: Command, entry: Entry, context: ProgramContext): void {
  const command = program.command(entry.name).summary(entry.summary).description(entry.summary);
  command.helpGroup(entry.group);
  let file: Loaded | undefined;
  // Runs before the command's own options are parsed, so they can be added here.
  program.hook('preSubcommand', async (_, chosen) => {
    if (chosen !== command) return;
    file = await entry.load();
    file.define(command);
  });
  command.action(async () => {
    if (file === undefined) throw new Error(`${entry.name} was not loaded`);
    context.onStatus(await file.runFrom(command, context.deps(program.opts<GlobalFlags>())));
  });
}

const afterHelp = `
Try it without an account:
  $ optimirror sandbox --port 8080 &          it prints its address and its token
  $ export OPTIMIZELY_API_BASE=http://127.0.0.1:8080/experiment/v1/ OPTIMIZELY_TOKEN=…
  $ optimirror pull
  $ optimirror status
`;
