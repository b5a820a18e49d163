/** What is measured, against what, and how much is allowed: one entry a case. */
import type { Case } from './case.ts';

const usual = { projects: 10, experiments: 100 };

const pulls: readonly Case[] = [
  {
    name: 'pull',
    about:
      'a first pull of 10 x 100 experiments, against a bare loop of the same requests with prepared inserts',
    run: { job: 'pull', account: usual },
    baseline: { job: 'bareLoop', account: usual, after: 'recordRequests' },
    measure: 'time',
    atMost: 1.25,
    runs: 7,
  },
  {
    name: 'pull of nothing new',
    about:
      'a second full pull of 10 x 100 experiments, against the same requests with the answers thrown away',
    run: { job: 'pull', account: usual, after: 'pull' },
    baseline: { job: 'discard', account: usual, after: 'recordRequests' },
    measure: 'time',
    atMost: 1.25,
    runs: 7,
  },
  {
    name: 'memory of a pull',
    about: 'a first pull of 200 x 100 experiments, against one of 20 x 100',
    run: { job: 'pull', account: { projects: 200, experiments: 100 } },
    baseline: { job: 'pull', account: { projects: 20, experiments: 100 } },
    measure: 'memory',
    atMost: 1.3,
    runs: 1,
  },
];

/** On the large mirror: 100 x 200 experiments with a history of 1,000,000 rows. */
function reading(name: string, about: string, jobs: readonly [Case['run']['job'], Case['run']['job']]): Case {
  const [run, baseline] = jobs;
  return {
    name,
    about,
    run: { job: run, mirror: 'large' },
    baseline: { job: baseline, mirror: 'large' },
    measure: 'time',
    each: 3,
    atMost: 1.5,
    runs: 9,
  };
}

const reads: readonly Case[] = [
  reading('get', 'typed reads of 50,000 experiments by id, against the same SELECT on bare better-sqlite3', [
    'get',
    'bareGet',
  ]),
  reading('list', "typed lists of each project's running experiments, against the same SELECT", [
    'list',
    'bareList',
  ]),
];

const reports: readonly Case[] = ['overview', 'winners', 'stale', 'changes', 'power', 'experiment'].map(
  (what) => ({
    name: `report ${what}`,
    about: 'all rows of the report on the large mirror, against its SQL by hand',
    run: { job: 'report', what, mirror: 'large' },
    baseline: { job: 'reportByHand', what, mirror: 'large' },
    measure: 'time',
    atMost: 1.3,
    atMostMs: 200,
    each: 5,
    runs: 9,
  }),
);

/** One experiment of the account is multivariate, and can't be edited. */
const editable = { projects: 7, experiments: 143 };

const writes: readonly Case[] = [
  {
    name: 'capture',
    about: 'UPDATEs of 10,000 experiments one by one, captured by triggers, against a table without triggers',
    run: { job: 'edits', what: '10000', mirror: 'broad' },
    baseline: { job: 'bareEdits', what: '10000', mirror: 'broad' },
    measure: 'time',
    atMost: 25,
    runs: 5,
  },
  {
    name: 'capture is linear',
    about: 'an edit of 10,000 that are captured, against an edit of 1,000',
    run: { job: 'edits', what: '10000', mirror: 'broad' },
    baseline: { job: 'edits', what: '1000', mirror: 'broad' },
    measure: 'time',
    times: 10,
    atMost: 1.3,
    runs: 5,
  },
  {
    name: 'push',
    about: 'a push of 1,000 edits, against bare PUTs of the same bodies, four at a time',
    run: { job: 'push', account: editable, after: 'pull' },
    baseline: { job: 'barePuts', account: editable },
    measure: 'time',
    atMost: 1.4,
    runs: 7,
  },
];

const starts: readonly Case[] = [
  {
    name: 'status',
    about: '`optimirror status` on the large mirror from start to end, against `node -e 0`',
    run: { job: 'status', mirror: 'large' },
    baseline: { job: 'emptyProcess' },
    measure: 'time',
    each: 5,
    atMost: 3,
    runs: 9,
  },
];

export const cases: readonly Case[] = [...pulls, ...reads, ...reports, ...writes, ...starts];
