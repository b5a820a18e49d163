/** What many seeds came to, put into words: how many, how fast, what was done to the engine, and what was found. */
import type { Outcome } from './simulate.ts';

export class Totals {
  seeds = 0;
  readonly wrong: number[] = [];
  readonly #tally = new Map<string, number>();

  add({ wrong, tally, script }: Outcome): void {
    this.seeds++;
    if (wrong !== null) this.wrong.push(script.seed);
    for (const [name, times] of Object.entries(tally))
      this.#tally.set(name, (this.#tally.get(name) ?? 0) + times);
  }

  /** One line for those who wait. */
  progress(seconds: number): string {
    return `${number(this.seeds)} seeds, ${rate(this.seeds, seconds)}, ${this.wrong.length} wrong`;
  }

  report(seconds: number): string {
    const { seeds, wrong } = this;
    const lines = [
      `${number(seeds)} different seeds in ${number(Math.round(seconds))} s: ${rate(seeds, seconds)}`,
      `${this.#of('effects')} effects, ${this.#of('requests')} of them requests; everything was checked ${this.#of('checks')} times`,
      ...groups.map(({ words, prefix }) => this.#group(words, prefix)),
      wrong.length === 0 ? 'nothing was wrong' : `wrong: ${wrong.join(', ')}`,
    ];
    return lines.join('\n');
  }

  #of(name: string): string {
    return number(this.#tally.get(name) ?? 0);
  }

  #group(words: string, prefix: RegExp): string {
    const members = [...this.#tally].filter(([name]) => prefix.test(name)).sort(([, a], [, b]) => b - a);
    const sum = members.reduce((total, [, times]) => total + times, 0);
    const each = members.map(([name, times]) => `${name.replace(prefix, '')} ${number(times)}`);
    return `${words}: ${number(sum)} (${each.join(', ')})`;
  }
}

const groups = [
  { words: 'edits that the mirror took', prefix: /^(?=SQL: |API: )/ },
  { words: 'edits that it refused', prefix: /^(?=refused$)/ },
  { words: 'decisions', prefix: /^decision: / },
  { words: "a colleague's changes on the server", prefix: /^colleague: / },
  { words: 'faults', prefix: /^fault: (?!crash)/ },
  { words: 'crashes', prefix: /^fault: crash / },
  { words: 'runs, by how they ended', prefix: /^(?=(pull|push|verify): )/ },
] as const;

const number = (value: number) => value.toLocaleString('en');
const rate = (seeds: number, seconds: number) => `${(seeds / seconds).toFixed(1)} a second`;
