/** Made-up goals of every type: those that come with a project, and those that people add. */
import type { JsonObject } from '../../api/description.ts';
import { entityResource } from '../../api/resources.ts';
import { between, pick } from '../random.ts';
import { idOf } from '../store.ts';
import { beginning, day, moment, put, type Seeding } from './seeding.ts';
import { goalSubjects, paragraphs } from './words.ts';

/** The goals of one project, those that come with it first. */
export function seedGoals(seeding: Seeding, project: JsonObject, host: string, count: number): JsonObject[] {
  const { random, start } = seeding;
  const given = (entityResource('projects').comesWith ?? []).flatMap(({ each }) => each);
  const created = Date.parse(String(project.created));
  const goals = given.map((fields) => put(seeding, 'goals', idOf(project), created, fields));
  for (let i = 0; goals.length < count; i++) {
    const at = moment(random, beginning + 400 * day, start);
    goals.push(put(seeding, 'goals', idOf(project), at, goalFields(seeding, i, host)));
  }
  return goals;
}

function goalFields({ random }: Seeding, index: number, host: string): JsonObject {
  const subject = goalSubjects[index % goalSubjects.length] ?? goalSubjects[0];
  const round = Math.floor(index / goalSubjects.length);
  const type = [0, 3, 1][index % 3] ?? 0;
  return {
    title: subject.title + (round === 0 ? '' : ` (${round + 1})`),
    goal_type: type,
    archived: index === 3 || (index > 4 && random() < 0.15),
    addable: random() < 0.9,
    description: pick(random, paragraphs),
    is_editable: index === 1 ? false : pick(random, [null, null, true]),
    ...ofType(type, subject, host, random() < 0.3, between(random, 1, 4)),
  };
}

function ofType(
  type: number,
  subject: { readonly selector: string; readonly path: string; readonly title: string },
  host: string,
  elsewhere: boolean,
  matchType: number,
): JsonObject {
  const url = `https://${host}/${subject.path}`;
  if (type === 1) return { event: subject.path.replace(/\W+/g, '_') };
  if (type === 3) return { urls: [url, `${url}?lang=ja`], url_match_types: [matchType, 3] };
  const target = elsewhere ? { target_urls: [url], target_url_match_types: [matchType] } : {};
  return { selector: subject.selector, target_to_experiments: !elsewhere, ...target };
}
