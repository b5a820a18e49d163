/** Deliberate breaks of the engine, each of which the simulation has to notice: a change of one place in one file. */

export interface Mutant {
  readonly name: string;
  /** Below the project's root. */
  readonly file: string;
  /** Stands there exactly once. */
  readonly from: string;
  readonly to: string;
}

export const mutants: readonly Mutant[] = [
  {
    name: 'a request is sent without being written down',
    file: 'src/sync/push-send.ts',
    from: 'const row = putOnWire(db, waiting.id, intent, contextOf(run).now);',
    to: 'const row = outboxRow(db, waiting.id);',
  },
  {
    name: 'a create whose answer was lost is sent again without a look',
    file: 'src/sync/push-lost.ts',
    from: 'if (candidates.size === 0) return',
    to: 'if (candidates.size >= 0) return',
  },
  {
    name: 'a create that a limit turned away is taken for not carried out',
    file: 'src/sync/push-verdict.ts',
    from: "return op === 'create' ? 'unknown' : 'unsent';",
    to: "return 'unsent';",
  },
  {
    name: 'writes are repeated blindly',
    file: 'src/api/retry.ts',
    from: "do: again && method === 'GET' ? 'retry' : 'fail',",
    to: "do: again ? 'retry' : 'fail',",
  },
  {
    name: 'a conflict is overwritten',
    file: 'src/sync/merge.ts',
    from: "return { outcome: 'conflict' };",
    to: "return { outcome: 'ours', value: local };",
  },
  {
    name: 'a merge takes out what the others added',
    file: 'src/sync/merge.ts',
    from: 'remote.filter((item) => local.includes(item) || !base.includes(item))',
    to: 'remote.filter((item) => local.includes(item))',
  },
  {
    name: 'sets conflict instead of being merged',
    file: 'src/sync/merge.ts',
    from: "field?.merges === 'set' &&",
    to: "field?.merges !== 'set' &&",
  },
  {
    name: 'a pull overwrites edits that wait',
    file: 'src/sync/receive.ts',
    from: 'putLocal(db, resource, pending ? withPending(db, resource, entity) : entity);',
    to: 'putLocal(db, resource, entity);',
  },
  {
    name: 'an edit made while its entity was being sent is thrown away',
    file: 'src/sync/finish.ts',
    from: 'for (const change of left) putChange(db, rowId, change);',
    to: 'left.length = 0;',
  },
  {
    name: 'an update that did not arrive counts as sent',
    file: 'src/sync/push-settle.ts',
    from: "found.kind === 'there' && arrived(sent, found.entity)",
    to: "found.kind === 'there'",
  },
  {
    name: 'what a delete puts out of sight is forgotten',
    file: 'src/sync/rebase.ts',
    from: "logPush(db, { runId, row, outcome: 'dropped', changes, now });",
    to: '',
  },
  {
    name: 'a temporary id stays in lists that wait',
    file: 'src/db/identity.ts',
    from: '  renameInOutbox(db, resource, from, to);',
    to: '',
  },
  {
    name: 'deletes are sent without a yes',
    file: 'src/sync/push-run.ts',
    from: 'step.irreversible === null || options.yes',
    to: 'step.irreversible !== undefined || options.yes',
  },
  {
    name: 'a 404 alone counts as deleted',
    file: 'src/sync/push-gone.ts',
    from: 'if (!(list instanceof NotFoundError) || parent === null || parentId === null) return false;',
    to: 'if (list instanceof OptimizelyError) return true;\n  if (parent === null || parentId === null) return false;',
  },
  {
    name: 'an edit of what was deleted there is dropped',
    file: 'src/sync/rebase.ts',
    from: "setOutbox(db, row.id, 'conflict', deletedThere, now);",
    to: "finish(context, row, changesOf(db, row.id), 'dropped');",
  },
  {
    name: 'two processes sync at once',
    file: 'src/db/lock.ts',
    from: "db.exec('BEGIN EXCLUSIVE')",
    to: "db.exec('BEGIN')",
  },
  {
    name: 'the second edit of a field loses its base',
    file: 'src/db/capture.ts',
    from: 'UPDATE outbox_changes SET local_value = NEW.after_value WHERE',
    to: 'UPDATE outbox_changes SET local_value = NEW.after_value, base_value = NEW.before_value WHERE',
  },
  {
    name: 'an interrupted pull forgets which lists it had still to read',
    file: 'src/sync/apply-below.ts',
    from: 'setDue(db, child, ids);',
    to: '',
  },
  {
    name: 'what the server says of the token is repeated',
    file: 'src/api/redact.ts',
    from: "text.replace(found, '[token]')",
    to: "text.replace(found, '$&')",
  },
  {
    name: 'somebody else’s change that came with the answer to our own write is not followed up',
    file: 'src/sync/finish.ts',
    from: '    askBelowLater(db, resource, answer);',
    to: '    return;',
  },
  {
    name: 'an edit dropped while it was on the wire is logged twice',
    file: 'src/sync/finish.ts',
    from: 'if (outboxRow(context.db, sent.row.id) === undefined) return;',
    to: '',
  },
  {
    name: 'a field that only a create may give is sent as an update',
    file: 'src/sync/finish.ts',
    from: '    refuseLate(context, row);',
    to: '',
  },
  {
    name: 'an answer counts as known although the mirror holds something else by now',
    file: 'src/db/digest-triggers.ts',
    from: 'SET digest = NULL',
    to: 'SET digest = digest',
  },
];
