/** Made-up variations: what an experiment's visitors see, and how many of them. */
import type { JsonObject } from '../../api/description.ts';
import { between, pick } from '../random.ts';
import { idOf } from '../store.ts';
import { script } from './code.ts';
import { put, type Seeding } from './seeding.ts';
import { variationNames } from './words.ts';

/** A multivariate test has two sections of two and three variations, and combines them. */
const sectionSizes = [2, 3];

export function seedVariations(
  seeding: Seeding,
  experiment: JsonObject,
  created: number,
  isMultivariate: boolean,
): void {
  if (!isMultivariate) seedSection(seeding, experiment, created, variationCount(seeding), null);
  for (const size of isMultivariate ? sectionSizes : [])
    seedSection(seeding, experiment, created, size, seeding.world.newId());
}

function variationCount({ random }: Seeding): number {
  return random() < 0.7 ? 2 : between(random, 3, 5);
}

function seedSection(
  seeding: Seeding,
  experiment: JsonObject,
  created: number,
  count: number,
  section: number | null,
): void {
  const { random } = seeding;
  const share = Math.floor(10_000 / count);
  for (let i = 0; i < count; i++)
    put(seeding, 'variations', idOf(experiment), created, {
      description: i === 0 ? 'Original' : nameOf(seeding, i),
      is_paused: i > 1 && random() < 0.1,
      js_component: i === 0 ? '' : script(random),
      weight: i === 0 ? 10_000 - share * (count - 1) : share,
      section_id: section,
    });
}

function nameOf({ random }: Seeding, index: number): string {
  return random() < 0.6 ? `Variation #${index}` : pick(random, variationNames);
}
