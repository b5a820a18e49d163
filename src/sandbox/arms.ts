/** The arms of an experiment that results compare: its variations, or in a multivariate test every combination of them. */
import type { JsonObject } from '../api/description.ts';
import { idOf, type Store } from './store.ts';

export interface ArmOfTest {
  /** A variation's id, or several joined by `_`. */
  readonly id: string;
  readonly name: string;
  /** Its part of the experiment's traffic, from 0 to 1. */
  readonly share: number;
  readonly isBaseline: boolean;
}

export function armsOf(store: Store, experiment: JsonObject): ArmOfTest[] {
  const variations = [...store.children('variations', idOf(experiment))];
  if (variations.length === 0) return [];
  const sections = experiment.is_multivariate ? [...bySection(variations).values()] : [variations];
  const combined = sections.map(plainArms).reduce(combine);
  const included = Number(experiment.percentage_included ?? 10_000) / 10_000;
  return combined.map((arm, index) => ({ ...arm, share: arm.share * included, isBaseline: index === 0 }));
}

type PlainArm = Omit<ArmOfTest, 'isBaseline'>;

/** Variations without a weight share evenly what there is. */
function plainArms(variations: readonly JsonObject[]): PlainArm[] {
  return variations.map((variation) => ({
    id: String(variation.id),
    name: String(variation.description),
    share: typeof variation.weight === 'number' ? variation.weight / 10_000 : 1 / variations.length,
  }));
}

function combine(left: readonly PlainArm[], right: readonly PlainArm[]): PlainArm[] {
  return left.flatMap((one) =>
    right.map((other) => ({
      id: `${one.id}_${other.id}`,
      name: `${one.name} / ${other.name}`,
      share: one.share * other.share,
    })),
  );
}

function bySection(variations: readonly JsonObject[]): Map<unknown, JsonObject[]> {
  const sections = new Map<unknown, JsonObject[]>();
  for (const variation of variations) {
    const section = sections.get(variation.section_id);
    if (section === undefined) sections.set(variation.section_id, [variation]);
    else section.push(variation);
  }
  return sections;
}
