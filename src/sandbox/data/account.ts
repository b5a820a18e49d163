/** A made-up account: projects with everything below them. The same seed and start give the same account. */
import type { JsonObject } from '../../api/description.ts';
import type { DataOptions } from '../options.ts';
import { between, pick, seededRandom } from '../random.ts';
import { idOf } from '../store.ts';
import type { World } from '../world.ts';
import { script } from './code.ts';
import { seedExperiments } from './experiments.ts';
import { seedGoals } from './goals.ts';
import { beginning, day, moment, put, type Seeding } from './seeding.ts';
import { audienceKinds, dimensionNames, paragraphs, sites } from './words.ts';

/** The largest id that a JavaScript number holds safely, but for a hundred. */
const hugeId = Number.MAX_SAFE_INTEGER - 110;

export function seedAccount(world: World, options: DataOptions): void {
  const seeding: Seeding = {
    world,
    random: seededRandom(world.seed ^ 0xda7a),
    start: world.clock.now(),
    stamped: 0,
  };
  const projects = options.projects ?? 3;
  for (let index = 0; index < projects; index++) seedProject(seeding, index, options);
}

function seedProject(seeding: Seeding, index: number, options: DataOptions): void {
  const experiments = options.experimentsPerProject ?? 12;
  const project = putProject(seeding, index);
  const site = siteOf(index);
  const goals = seedGoals(seeding, project, site.host, options.goalsPerProject ?? goalsFor(experiments));
  const audiences = seedAudiences(seeding, project, index, options.audiencesPerProject ?? 5);
  seedDimensions(seeding, project, options.dimensionsPerProject ?? 3);
  seedExperiments(seeding, { project, index, host: site.host, goals, audiences }, experiments);
}

function goalsFor(experiments: number): number {
  return Math.min(40, Math.max(8, Math.round(experiments / 3)));
}

function siteOf(index: number) {
  return sites[index % sites.length] ?? sites[0];
}

function putProject(seeding: Seeding, index: number): JsonObject {
  const { random, start } = seeding;
  const round = Math.floor(index / sites.length);
  const created = moment(random, beginning, Math.min(start, beginning + 400 * day));
  return put(seeding, 'projects', null, created, {
    project_name: siteOf(index).name + (round === 0 ? '' : ` ${round + 1}`),
    project_status: index % 5 === 4 ? 'Archived' : 'Active',
    code_revision: between(random, 1, 900),
    include_jquery: random() < 0.5,
    js_file_size: random() < 0.8 ? between(random, 9000, 240_000) : null,
    project_javascript: random() < 0.7 ? script(random) : null,
    exclude_names: pick(random, [null, true, false]),
    ip_filter: pick(random, ['', '1.2.3.4', '10.0.0.0/8\n192.168.0.1', null]),
    dcp_service_id: random() < 0.2 ? between(random, 1, 9_000_000) : null,
  });
}

function seedAudiences(seeding: Seeding, project: JsonObject, index: number, count: number): JsonObject[] {
  const { random, start } = seeding;
  return Array.from({ length: count }, (_, i) => {
    const kind = audienceKinds[i % audienceKinds.length] ?? audienceKinds[0];
    const round = Math.floor(i / audienceKinds.length);
    const fields = {
      name: kind.name + (round === 0 ? '' : ` ${round + 1}`),
      description: pick(random, [...paragraphs, null]),
      conditions: JSON.stringify(kind.conditions, null, random() < 0.5 ? 0 : 1),
      segmentation: i === 0,
      archived: i > 3 && random() < 0.3,
    };
    const created = moment(random, beginning + 400 * day, start);
    return put(seeding, 'audiences', idOf(project), created, fields, index + i === 0 ? { id: hugeId } : {});
  });
}

function seedDimensions(seeding: Seeding, project: JsonObject, count: number): void {
  const { random, start } = seeding;
  for (let i = 0; i < count; i++) {
    const name = `${dimensionNames[i % dimensionNames.length]}${i < dimensionNames.length ? '' : ` ${i}`}`;
    const created = moment(random, beginning + 400 * day, start);
    put(seeding, 'dimensions', idOf(project), created, {
      name,
      client_api_name: i % 3 === 2 ? null : `dimension_${i}`,
      description: pick(random, paragraphs),
    });
  }
}
