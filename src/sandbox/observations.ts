/** The rows of `results` and `stats`: one for each arm and goal of an experiment, computed when they are asked for. */
import type { Json, JsonObject } from '../api/description.ts';
import {
  entityResource,
  fieldsOf,
  holds,
  type ObservationName,
  observationResource,
} from '../api/resources.ts';
import { type ArmOfTest, armsOf } from './arms.ts';
import { secondText } from './clock.ts';
import { lastMoment, type Run, timeRun } from './runs.ts';
import { type Arm, type Comparison, compare, conversionArm, revenueArm } from './statistics.ts';
import { idOf } from './store.ts';
import { appealOf, conversionsOf, orderValueOf, type Segment, visitorsOf } from './traffic.ts';
import type { World } from './world.ts';

/** Orders differ among themselves by 60 % of their usual value. */
const orderSpread = 0.6;
/** Both resources call a difference real from a significance of 90 % on, that is so many standard errors from 0. */
const realFrom = { significance: 0.9, z: 1.644854 };
const typicalRates: Readonly<Record<number, number>> = { 0: 0.12, 1: 0.06, 2: 0.45, 3: 0.2, 4: 0.03 };
const revenueGoal = 4;

/** The rows of an experiment that this resource has; none where the other one has them, or where it never ran. */
export function observe(
  world: World,
  resource: ObservationName,
  experiment: JsonObject,
  segment: Segment,
): JsonObject[] {
  const run = world.runs.get(idOf(experiment));
  if (run === undefined || !isOfEra(resource, experiment) || neverRan(experiment)) return [];
  const arms = armsOf(world.store, experiment);
  const goals = goalsOf(world, experiment);
  return goals.flatMap((goal) => rowsOf(world, resource, experiment, run, arms, goal, segment));
}

function isOfEra(resource: ObservationName, experiment: JsonObject): boolean {
  const { field, from = '', before = '~' } = observationResource(resource).era;
  const value = String(experiment[field]);
  return value >= from && value < before;
}

function neverRan(experiment: JsonObject): boolean {
  return holds(entityResource('experiments').neverRan, experiment);
}

function goalsOf(world: World, experiment: JsonObject): JsonObject[] {
  const ids = experiment.display_goal_order_lst;
  return (Array.isArray(ids) ? ids : [])
    .map((id) => world.store.get('goals', Number(id)))
    .filter((goal) => goal !== undefined);
}

interface Measured {
  readonly arm: ArmOfTest;
  readonly conversions: number;
  readonly revenue: number;
  readonly sample: Arm;
}

function rowsOf(
  world: World,
  resource: ObservationName,
  experiment: JsonObject,
  run: Run,
  arms: readonly ArmOfTest[],
  goal: JsonObject,
  segment: Segment,
): JsonObject[] {
  const minutes = timeRun(run, world.clock.now()) / 60_000;
  const measured = arms.map((arm) => measure(world.seed, idOf(experiment), arm, goal, segment, minutes));
  const baseline = measured.find(({ arm }) => arm.isBaseline);
  if (baseline === undefined) return [];
  return measured.map((one) => {
    const compared = one === baseline ? null : compare(baseline.sample, one.sample, realFrom.z);
    const row = rowOf(one, baseline.arm, goal, compared);
    row.begin_time = secondText(run.began);
    row.end_time = secondText(lastMoment(run, world.clock.now()));
    return inOrder(resource, row);
  });
}

function measure(
  seed: number,
  experimentId: number,
  arm: ArmOfTest,
  goal: JsonObject,
  segment: Segment,
  minutes: number,
): Measured {
  const visitors = visitorsOf(seed, experimentId, arm.share * segment.share, minutes);
  const typicalRate = typicalRates[Number(goal.goal_type)] ?? 0.1;
  const conversions = conversionsOf(visitors, appealOf(seed, { id: idOf(goal), typicalRate }, arm, segment));
  if (goal.goal_type !== revenueGoal)
    return { arm, conversions, revenue: 0, sample: conversionArm(visitors, conversions) };
  const value = orderValueOf(seed, idOf(goal));
  return {
    arm,
    conversions,
    revenue: Math.round(conversions * value * 100) / 100,
    sample: revenueArm(visitors, conversions, value, orderSpread),
  };
}

function rowOf(
  { arm, conversions, revenue, sample }: Measured,
  baseline: ArmOfTest,
  goal: JsonObject,
  compared: Comparison | null,
): JsonObject {
  const isRevenue = goal.goal_type === revenueGoal;
  const money = { revenue, revenue_per_visitor: rounded(sample.mean) };
  return {
    variation_id: arm.id,
    variation_name: arm.name,
    goal_id: idOf(goal),
    goal_name: goal.title ?? null,
    baseline_id: baseline.id,
    visitors: sample.visitors,
    conversions,
    ...(isRevenue ? money : { conversion_rate: rounded(sample.mean) }),
    is_revenue: isRevenue,
    status: verdict(compared),
    improvement: compared === null ? 0 : rounded(compared.improvement),
    difference: compared === null ? 0 : rounded(compared.difference),
    confidence: rounded(compared?.chanceToBeat),
    statistical_significance: rounded(compared?.significance),
    difference_confidence_interval_min: rounded(compared?.low),
    difference_confidence_interval_max: rounded(compared?.high),
    visitors_until_statistically_significant: compared?.visitorsNeeded ?? null,
  };
}

function verdict(compared: Comparison | null): string {
  if (compared === null) return 'baseline';
  if (compared.significance < realFrom.significance) return 'inconclusive';
  return compared.difference > 0 ? 'winner' : 'loser';
}

/** The fields that the resource has, in the description's order. */
function inOrder(resource: ObservationName, row: JsonObject): JsonObject {
  const present = fieldsOf(resource).filter(([name]) => row[name] !== undefined);
  return Object.fromEntries(present.map(([name]) => [name, row[name] as Json]));
}

function rounded(value: number | undefined): number | null {
  return value === undefined ? null : Math.round(value * 1e6) / 1e6;
}
