/** The layers: lower ones never import upper ones, there is no cycle, and the engine names no effect of its own. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const source = path.resolve(import.meta.dirname, '../src');

/** What each folder may import, beside itself and the files at the root of `src` named here. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  api: ['errors', 'effects', 'system'],
  db: ['api', 'errors', 'effects', 'system-words'],
  query: ['db', 'api', 'errors', 'effects'],
  edits: ['query', 'db', 'api', 'errors', 'effects'],
  sandbox: ['api', 'errors', 'effects', 'system'],
  sync: ['db', 'api', 'errors', 'effects'],
  cli: [
    'sync',
    'edits',
    'query',
    'sandbox',
    'db',
    'api',
    'errors',
    'effects',
    'system',
    'config',
    'mirror',
    'exports',
    'system-words',
  ],
  config: ['api', 'errors', 'system-words'],
  errors: [],
  effects: [],
  system: ['effects'],
  mirror: ['sync', 'edits', 'query', 'db', 'api', 'errors', 'effects', 'system'],
  index: ['mirror', 'sync', 'api', 'errors'],
  exports: ['query', 'db', 'api', 'errors', 'effects', 'system-words'],
  'system-words': [],
};

interface Import {
  readonly file: string;
  readonly target: string;
  readonly typeOnly: boolean;
}

const files = (fs.readdirSync(source, { recursive: true }) as string[]).filter((name) =>
  name.endsWith('.ts'),
);
const layerOf = (file: string) => file.split(path.sep)[0]?.replace(/\.ts$/, '') ?? '';

const imports: Import[] = files.flatMap((file) => {
  const text = fs.readFileSync(path.join(source, file), 'utf8');
  const found = text.matchAll(/^(import|export)( type)? [^;]*? from '(\.[^']+)'|import\('(\.[^']+)'\)/gm);
  return [...found].map((match) => {
    const target = path.relative(
      source,
      path.resolve(source, path.dirname(file), match[3] ?? match[4] ?? ''),
    );
    return { file, target, typeOnly: match[2] !== undefined };
  });
});

describe('the layers', () => {
  it('import only downwards', () => {
    const wrong = imports.filter(({ file, target }) => {
      const [from, to] = [layerOf(file), layerOf(target)];
      return from !== to && !(allowed[from] ?? []).includes(to);
    });
    expect(wrong.map(({ file, target }) => `${file} imports ${target}`)).toEqual([]);
  });

  it('name files that exist', () => {
    expect(imports.filter(({ target }) => !fs.existsSync(path.join(source, target)))).toEqual([]);
  });

  it('have no cycle of modules that run', () => {
    const targets = new Map(
      files.map((file) => [
        file,
        imports.filter((each) => each.file === file && !each.typeOnly).map(({ target }) => target),
      ]),
    );
    const done = new Set<string>();
    const cycles: string[] = [];
    const visit = (file: string, above: readonly string[]): void => {
      if (above.includes(file)) cycles.push([...above.slice(above.indexOf(file)), file].join(' -> '));
      if (done.has(file)) return;
      done.add(file);
      for (const target of targets.get(file) ?? []) visit(target, [...above, file]);
    };
    for (const file of files) visit(file, []);
    expect(cycles).toEqual([]);
  });

  it('leave clock, randomness, timers, process and console to the outermost one', () => {
    const named = /\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\bsetTimeout\b|\bprocess\.|\bconsole\./;
    const wrong = files.filter(
      (file) => layerOf(file) === 'sync' && named.test(fs.readFileSync(path.join(source, file), 'utf8')),
    );
    expect(wrong).toEqual([]);
  });

  it('say in one sentence what each file holds', () => {
    const silent = files.filter(
      (file) => !fs.readFileSync(path.join(source, file), 'utf8').startsWith('/**'),
    );
    expect(silent).toEqual([]);
  });
});
