/** The commands by name: what each is for, and where its file is. */
import type { Command } from 'commander';
import type { CommandFile, Deps } from './command.ts';

/** A command's file is loaded when it is asked for: the others cost no time at all. */
export interface Entry {
  readonly name: string;
  readonly summary: string;
  readonly group: string;
  /** It speaks of all the others, so their options have to be known when it runs. */
  readonly ofAll?: true;
  readonly load: () => Promise<Loaded>;
}

/** A command whose options only it knows. */
export interface Loaded {
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
const around = 'Around it:';

export const entries: readonly Entry[] = [
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
  {
    name: 'verify',
    summary: 'compare every record with the API, and repair on request',
    group: around,
    load: async () => loaded((await import('./commands/verify.ts')).verify),
  },
  {
    name: 'completion',
    summary: 'print a script that lets a shell complete commands, options and names',
    group: around,
    ofAll: true,
    load: async () => loaded((await import('./commands/completion.ts')).completion),
  },
];
