/** The command line: global options, the commands by name, and the way from arguments to a command's run. */
import { Command } from 'commander';
import { type SettingFlags, settingTable, tokenSetting } from '../config.ts';
import type { Deps } from './command.ts';
import { fitHelp } from './format/help.ts';
import { type Entry, entries, type Loaded } from './registry.ts';

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
  /** Cells in a line of help. */
  readonly helpWidth?: number;
  /** Takes a command's exit status. */
  readonly onStatus: (status: number) => void;
}

/** What help is made for where it goes to no terminal. */
const usualHelpWidth = 80;

/** The program as commander runs it. It throws what goes wrong, commander's own errors included. */
export function createProgram(context: ProgramContext): Command {
  const { helpWidth = usualHelpWidth } = context;
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
      writeOut: (text) => context.writeOut(fitHelp(text, helpWidth)),
      getOutHelpWidth: () => helpWidth,
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

/**
 * `help COMMAND` is `COMMAND --help`: commander's own would print it before the command's options are known. A query may
 * begin with a comment, which commander would take for an option.
 */
export function argumentsOf(given: readonly string[]): readonly string[] {
  const [first, name, ...rest] = given;
  const sql = given.indexOf('sql');
  if (sql >= 0 && first !== 'help')
    return given.map((each, index) => (index > sql && /^--(?:=|[^\s=]*\s)/.test(each) ? ` ${each}` : each));
  if (first !== 'help' || name === undefined || name.startsWith('-')) return given;
  // Alone, an unknown name is told to be one.
  return entries.some((entry) => entry.name === name) ? [name, '--help', ...rest] : [name];
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
    if (entry.ofAll) await defineAllBut(program, entry);
  });
  command.action(async () => {
    if (file === undefined) throw new Error(`${entry.name} was not loaded`);
    context.onStatus(await file.runFrom(command, context.deps(program.opts<GlobalFlags>())));
  });
}

async function defineAllBut(program: Command, but?: Entry): Promise<void> {
  for (const entry of entries) {
    const command = program.commands.find((each) => each.name() === entry.name);
    if (entry !== but && command) (await entry.load()).define(command);
  }
}

/** The program with everything that its commands take, for whoever describes it; it can't run. */
export async function describedProgram(): Promise<Command> {
  const program = createProgram({
    version: '',
    deps: () => {
      throw new Error('this program is only described');
    },
    writeOut: () => {},
    writeErr: () => {},
    onStatus: () => {},
  });
  await defineAllBut(program);
  return program;
}

const afterHelp = `
Try it without an account:
  $ optimirror sandbox --port 8080 &          it prints its address and its token
  $ export OPTIMIZELY_API_BASE=http://127.0.0.1:8080/experiment/v1/ OPTIMIZELY_TOKEN=…
  $ optimirror pull
  $ optimirror status
`;
