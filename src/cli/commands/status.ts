/** `optimirror status`: when last pulled, how many of each, what waits, what conflicts. */
import { mirrorExists } from '../../db/mirror-file.ts';
import { openToRead } from '../../db/open-to-read.ts';
import { exitStatus } from '../../errors.ts';
import { type MirrorStatus, type MirrorWork, readStatus, readWork } from '../../query/status.ts';
import type { CommandFile, Deps } from '../command.ts';
import { toJson } from '../format/values.ts';
import { ago, agoSince, count } from '../format/words.ts';
import type { Output } from '../streams.ts';

export const status: CommandFile<null> = {
  define(command) {
    command
      .description(
        'Says when the mirror was last pulled and whether anybody is at work on it, how many it has of each resource, ' +
          'and what waits to be pushed.',
      )
      .addHelpText('after', examples);
  },

  read: () => null,

  async run(_, deps) {
    const { settings, stdout } = deps;
    const exists = mirrorExists(settings.db);
    const db = exists ? await openToRead(settings.db) : null;
    const work = readWork(db, settings.db, deps.effects.clock.now());
    const found = { ...readStatus(db, settings.db), ...work };
    db?.close();
    if (deps.json) await stdout.write(`${toJson(found, stdout.isTerminal)}\n`);
    else if (exists) await describe(found, deps);
    else await sayHowToBegin(found, stdout);
    return exitStatus.done;
  },
};

async function sayHowToBegin({ db }: MirrorStatus, out: Output): Promise<void> {
  await out.line(`There is no mirror at ${db} yet. To make one:`);
  await out.line();
  await out.line('  export OPTIMIZELY_TOKEN=…   your API token, or name its file: --token-file');
  await out.line('  optimirror pull');
  await out.line();
  await out.line('To try it without an account first: optimirror sandbox --help');
}

async function describe(found: MirrorStatus & MirrorWork, deps: Deps): Promise<void> {
  const { stdout: out, effects } = deps;
  const { bold } = out.colors;
  const { db, last_pull: pull, counts, outbox } = found;
  await out.line(`${bold('Mirror')}     ${db}`);
  await out.line(
    `${bold('Last pull')}  ${pull ? sayPull(pull, found.at_work, effects.clock.now()) : 'none yet: optimirror pull'}`,
  );
  await describeNow(found, out);
  await out.line();
  const names = Object.keys(counts) as (keyof typeof counts)[];
  const width = Math.max(...names.map((name) => name.length));
  const digits = Math.max(...Object.values(counts).map((many) => count(many).length));
  for (const name of names)
    await out.line(`  ${name.padEnd(width)}  ${count(counts[name]).padStart(digits)}`);
  await out.line();
  await describeOutbox(outbox, out);
}

/** How fresh the mirror is where the last pull doesn't tell, and who is at work on it. */
async function describeNow(found: MirrorStatus & MirrorWork, out: Output): Promise<void> {
  const { bold, yellow } = out.colors;
  const { at_work: atWork, watching, age_ms: age, last_pull: pull } = found;
  const ended = pull?.status === 'complete' || pull?.status === 'partial';
  if (age !== null && !ended) {
    await out.line(`${bold('Fresh')}      as of ${yellow(agoSince(age))}, when a pull last came to its end`);
  }
  if (atWork) await out.line(`${bold('At work')}    a pull or push, right now`);
  if (watching) await out.line(`${bold('Watched')}    by optimirror watch, which pulls again and again`);
}

async function describeOutbox(outbox: MirrorStatus['outbox'], out: Output): Promise<void> {
  const { yellow, red } = out.colors;
  const { pending, in_flight: inFlight, conflict, failed } = outbox;
  if (pending + inFlight + conflict + failed === 0) return out.line('Nothing waits to be pushed.');
  if (pending > 0) await out.line(yellow(`${edits(pending)} to be pushed: optimirror outbox`));
  if (inFlight > 0) await out.line(yellow(`${edits(inFlight)} on the way: the next push settles them`));
  if (conflict > 0) await out.line(red(`${edits(conflict)} for a decision: optimirror conflicts`));
  if (failed > 0) await out.line(red(`${count(failed)} refused by the API: optimirror outbox`));
}

const edits = (many: number) => `${count(many)} ${many === 1 ? 'edit waits' : 'edits wait'}`;

function sayPull(pull: NonNullable<MirrorStatus['last_pull']>, atWork: boolean, now: number): string {
  const what = `${pull.mode ?? ''} pull ${pull.run_id}`.trim();
  if (pull.finished_at === null)
    return `${what}: ${atWork ? 'at work' : 'ended without a word; the next pull goes on from there'}`;
  const end = {
    complete: 'complete',
    partial: 'partly done',
    interrupted: 'interrupted',
    failed: 'failed',
    running: '',
  };
  return `${ago(pull.finished_at, now)}, ${end[pull.status]} (${what})`;
}

const examples = `
Examples:
  $ optimirror status
  $ optimirror status --json
  $ optimirror --db client.db status
`;
