/** Made-up experiments in every state, with their variations, schedules, goals and the time they ran. */
import type { JsonObject } from '../../api/description.ts';
import { observationResource } from '../../api/resources.ts';
import { secondText } from '../clock.ts';
import { between, pick, type Random } from '../random.ts';
import { idOf } from '../store.ts';
import { script, style } from './code.ts';
import { beginning, day, moment, put, type Seeding } from './seeding.ts';
import { seedVariations } from './variations.ts';
import { areas, changes, paragraphs } from './words.ts';

export interface Surroundings {
  readonly project: JsonObject;
  /** The project's place in the account. */
  readonly index: number;
  readonly host: string;
  readonly goals: readonly JsonObject[];
  readonly audiences: readonly JsonObject[];
}

interface Plan {
  readonly status: string;
  readonly created: number;
  readonly isMultivariate: boolean;
}

/** The first six of a project are sure to be there; the multivariate one is the first project's alone. */
const firstStates = ['Running', 'Not started', 'Paused', 'Archived', 'Draft', 'Running'];
const laterStates = [
  'Running',
  'Running',
  'Running',
  'Paused',
  'Paused',
  'Paused',
  'Not started',
  'Archived',
];
const oldFor = { Running: 0.1, Paused: 0.4, Archived: 0.6, 'Not started': 0.1, Draft: 0 } as const;

export function seedExperiments(seeding: Seeding, around: Surroundings, count: number): void {
  const members = new Map<JsonObject, number[]>(around.goals.map((goal) => [goal, []]));
  for (let i = 0; i < count; i++) {
    const plan = planOf(seeding, around, i);
    const goals = plan.status === 'Draft' ? [] : someOf(seeding.random, around.goals, i);
    const experiment = putExperiment(seeding, around, plan, goals);
    for (const goal of goals) members.get(goal)?.push(idOf(experiment));
    seedVariations(seeding, experiment, plan.created, plan.isMultivariate);
    seedSchedules(seeding, experiment, plan, i);
    seedRun(seeding, experiment, plan);
  }
  for (const [goal, ids] of members) goal.experiment_ids = ids;
}

function planOf({ random, start }: Seeding, around: Surroundings, index: number): Plan {
  const status = firstStates[index] ?? pick(random, laterStates);
  const isMultivariate = around.index === 0 && index === 5;
  const chance = oldFor[status as keyof typeof oldFor];
  const isOld = index === 2 || (index !== 0 && index !== 3 && random() < chance);
  return { status, isMultivariate, created: creation(random, start, isOld) };
}

/** Old ones are from before the day on which the newer kind of results begins. */
function creation(random: Random, start: number, isOld: boolean): number {
  const border = Date.parse(observationResource('stats').era.from ?? '');
  if (isOld) return moment(random, beginning, Math.min(start, border - day));
  return moment(random, Math.max(border + day, start - 700 * day), start - 40 * day);
}

/** Mostly the two that come with a project, and a few more, in an order of their own. */
function someOf(random: Random, goals: readonly JsonObject[], index: number): JsonObject[] {
  const count = Math.min(goals.length, index === 0 ? 5 : between(random, 1, 4));
  const start = random() < 0.7 ? 0 : between(random, 0, goals.length);
  return Array.from({ length: count }, (_, i) => {
    const place = i < 2 ? start + i : start + between(random, i, goals.length) + i;
    return goals[place % goals.length];
  })
    .filter((goal) => goal !== undefined)
    .filter((goal, i, all) => all.indexOf(goal) === i);
}

function putExperiment(
  seeding: Seeding,
  { project, host, audiences }: Surroundings,
  { status, created, isMultivariate }: Plan,
  goals: readonly JsonObject[],
): JsonObject {
  const { random } = seeding;
  const area = pick(random, areas);
  const url = `https://${host}/${area.path}`;
  const mode = random() < 0.8 ? 'immediate' : pick(random, ['manual', 'conditional']);
  return put(seeding, 'experiments', idOf(project), created, {
    description: `${area.name}: ${pick(random, changes)}`,
    edit_url: url,
    status,
    audience_ids: audiences.filter(() => random() < 0.2).map(idOf),
    activation_mode: mode,
    conditional_code: mode === 'conditional' ? 'function pollFn() { return !!window.ready; }' : null,
    custom_css: random() < 0.4 ? style(random) : '',
    custom_js: random() < 0.4 ? script(random) : '',
    percentage_included: random() < 0.7 ? 10_000 : between(random, 1, 99) * 100,
    ...(random() < 0.3 ? { url_conditions: conditions(url, host) } : {}),
    experiment_type: isMultivariate ? 'multivariate' : 'ab',
    is_multivariate: isMultivariate,
    display_goal_order_lst: goals.map(idOf),
    primary_goal_id: goals[0] !== undefined && random() < 0.9 ? idOf(goals[0]) : null,
    details: pick(random, paragraphs),
    auto_allocate: random() < 0.1,
    ...(random() < 0.1 ? { integrations: { google_analytics: { slot: 3, enabled: true, tags: [] } } } : {}),
  });
}

function conditions(url: string, host: string): JsonObject[] {
  return [
    { match_type: 'simple', value: url, negate: false },
    {
      match_type: 'regex',
      value: `^https?://${host.replaceAll('.', '\\.')}/.*(\\?|&)preview=\\d+$`,
      negate: true,
    },
  ];
}

/** Only the last schedule of an experiment is in force. */
function seedSchedules(seeding: Seeding, experiment: JsonObject, { created }: Plan, index: number): void {
  const { random } = seeding;
  const count = [2, 1][index] ?? (random() < 0.15 ? between(random, 1, 2) : 0);
  for (let i = 1; i <= count; i++) {
    const from = secondText(created + i * 3 * day);
    const to =
      index === 1 || random() < 0.3 ? null : secondText(created + (i * 3 + between(random, 7, 40)) * day);
    put(seeding, 'schedules', idOf(experiment), created, {
      status: i === count ? 'ACTIVE' : 'INACTIVE',
      start_time: to !== null && random() < 0.2 ? null : from,
      stop_time: to,
    });
  }
}

function seedRun({ world, random, start }: Seeding, experiment: JsonObject, { status, created }: Plan): void {
  if (status === 'Not started' || status === 'Draft') return;
  const began = Math.min(start, created + between(random, 0, 3 * 24) * 3_600_000);
  const lasted = Math.min(start - began, between(random, 7, 60) * day);
  const isRunning = status === 'Running';
  const since = Math.max(began, start - between(random, 1, 30) * day);
  world.runs.set(idOf(experiment), {
    began,
    ran: isRunning ? Math.min(lasted, since - began) : lasted,
    since: isRunning ? since : null,
    until: isRunning ? since : began + lasted,
  });
}
