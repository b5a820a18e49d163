/** The steps of docs/protocol.md by how they begin, each with the tests that show it: a file, and words of its tests' names. */
export const steps: Readonly<Record<string, readonly (readonly [file: string, ...words: string[]])[]>> = {
  'Opening 1. What is there is looked at without being touched': [
    ['db/open.test.ts', '%s is refused in one line, and left as it was'],
  ],
  'Opening 2. Migrations, views and triggers are laid in one transaction': [
    ['db/migrations.test.ts', 'stays as it was where a migration fails'],
  ],
  'Opening 3. The file is set to write-ahead logging': [
    ['crashes/points.test.ts', 'O2. after it, before anything else'],
  ],
  'Capture 1. What the API would refuse is refused': [
    [
      'capture/refusals.test.ts',
      'one refused row refuses its statement, and with it what the statement did before',
    ],
  ],
  'Capture 2. The change is written into `outbox` and `outbox_changes`': [
    ['capture/property.test.ts', 'edits are their net difference'],
  ],
  'Capture 3. A row of `sync_guard` is there only while a trigger or the sync itself writes': [
    ['capture/guard.test.ts', 'another connection sees no guard while the sync writes'],
    ['capture/guard.test.ts', 'an edit leaves no guard behind, whether it is taken, refused or rolled back'],
  ],
  'Pull 1. Take the lock': [
    ['processes/lock.test.ts', 'another pull, a push and a repair end with 6 at once'],
    ['processes/lock.test.ts', 'leaves nothing locked: the next one begins at once'],
  ],
  'Pull 2. Close runs that say they are running': [
    ['pull/resume.test.ts', 'a run that died without a word is closed when the next begins'],
  ],
  'Pull 3. Choose the mode': [
    ['pull/plan.test.ts', 'is gone on with within an hour of an interruption, and in no other case'],
    ['pull/plan.test.ts', 'is of a full pull where none was ever finished'],
  ],
  'Pull 4. Read the list of projects': [
    ['pull/resume.test.ts', 'may itself be stopped, again and again'],
    ['pull/other-account.test.ts', 'is refused before anything of it is written'],
    ['pull/other-account.test.ts', 'is refused by a push that looks at the projects'],
  ],
  'Pull 5. For each project, read': [['pull/plan.test.ts', 'has all of its lists read']],
  'Pull 6. Complete the listing where it leaves out fields': [
    ['pull/sparse.test.ts', 'a later pull reads by itself what somebody touched, and knows the rest'],
  ],
  'Pull 7. Apply the listing in one guarded transaction': [
    ['pull/changes.test.ts', 'hold every field that changed'],
    ['pull/pending.test.ts', 'conflicts where the same field changed there to another value'],
    ['pull/deletions.test.ts', 'keeps experiments, asks below those that are left'],
    ['pull/plan.test.ts', 'are those that the contract names'],
    ['pull/deletions.test.ts', 'where one member is broken, nobody else is deleted'],
  ],
  'Pull 8. Read and apply the lists that are due': [
    ['pull/incremental.test.ts', 'asks for every project, and below experiments only for what is running'],
  ],
  'Pull 9. Write down how the run ended': [['pull/first-pull.test.ts', 'writes down the run']],
  'Push 1. Take the same lock': [['processes/lock.test.ts', "['push', ['push']]"]],
  'Push 2. Read what the API holds': [
    ['push/budget.test.ts', 'cost at most 500 writes and 40 reads'],
    ['push/deletions.test.ts', 'a 404 alone deletes nothing'],
  ],
  'Push 3. Settle what was on the wire': [
    ['push/lost-creates.test.ts', 'is found among its new siblings and adopted, not sent again'],
    ['push/lost-creates.test.ts', 'and did not arrive is sent again'],
    ['push/lost-creates.test.ts', 'waits where what is new there can not be read'],
  ],
  'Push 4. Rebase every edit onto what was read': [
    ['push/conflicts.test.ts', '--on-conflict ours decides in the push that finds the conflict'],
  ],
  'Push 5. Share out what came with new parents': [
    ['push/came-with.test.ts', 'are shared out by the next push where this one died before'],
    ['push/order.test.ts', 'sends nothing that it has not looked at'],
  ],
  'Push 6. Plan': [
    ['push/dry-run.test.ts', 'sends no write and leaves the mirror as it was'],
    ['push/order.test.ts', 'sends parents before their children, and what is named before what names it'],
    ['push/order.test.ts', 'makes room first: a name that was deleted or changed here can be taken again'],
  ],
  'Push 7. For each step that nothing holds back': [
    ['push/order.test.ts', 'sends independent operations side by side'],
    ['push/in-flight.test.ts', 'is answered, the log holds what was sent, and the outbox what was not'],
  ],
  'Push 8. After a create': [
    ['push/came-with.test.ts', 'serve by the order in which the experiment lists them'],
  ],
  'Push 9. What could not be sent is tried again from step 2': [
    ['push/refusals.test.ts', 'is sent in the same push once the API is there again'],
  ],
};
