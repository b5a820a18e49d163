/** What the writers of a stress know: what was surely done, and what a killed one may have done or not. */

/** One variation's description. */
export interface Edited {
  sure: string | null;
  perhaps: string[];
}

/** One goal, by its title. */
export interface Made {
  made: 'surely' | 'perhaps';
  deleted: 'no' | 'perhaps' | 'surely';
}

/** What a writer that reports each step said: what it tried, and what of that was done. */
export function* saidBy(output: string): Generator<{ readonly value: string; readonly done: boolean }> {
  const done = new Set([...output.matchAll(/^done (.+)$/gm)].map(([, value = '']) => value));
  for (const [, value = ''] of output.matchAll(/^try (.+)$/gm)) yield { value, done: done.has(value) };
}

export class Memory {
  readonly edited: ReadonlyMap<number, Edited>;
  readonly made = new Map<string, Made>();

  constructor(ids: readonly number[]) {
    this.edited = new Map(ids.map((id) => [id, { sure: null, perhaps: [] }]));
  }

  edit(id: number, value: string, done: boolean): void {
    const known = this.edited.get(id);
    if (known === undefined) throw new Error(`there is no variation ${id}`);
    if (!done) known.perhaps.push(value);
    else Object.assign(known, { sure: value, perhaps: [] });
  }

  create(title: string, done: boolean): void {
    this.made.set(title, { made: done ? 'surely' : 'perhaps', deleted: 'no' });
  }

  delete(title: string, done: boolean): void {
    const known = this.made.get(title);
    if (known) known.deleted = done ? 'surely' : 'perhaps';
  }

  /** The titles of those that are there as far as anybody knows. */
  standing(): string[] {
    return [...this.made].flatMap(([title, { made, deleted }]) =>
      made === 'surely' && deleted === 'no' ? [title] : [],
    );
  }
}

/** What a description may be in the end, where anything is known of it. */
export function possible({ sure, perhaps }: Edited, original: string): string[] {
  return [sure ?? original, ...perhaps];
}

/** How often such a goal may be there in the end. */
export function counts({ made, deleted }: Made): readonly number[] {
  if (deleted === 'surely') return [0];
  return made === 'surely' && deleted === 'no' ? [1] : [0, 1];
}
