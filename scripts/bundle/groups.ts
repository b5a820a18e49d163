/** Which modules lie in one file: those that are loaded together anyway. Each file more costs every start of a command. */
import path from 'node:path';
import type { CodeSplittingGroup } from 'rolldown';

type Context = Parameters<Extract<CodeSplittingGroup['name'], (...args: never[]) => unknown>>[1];

/** Loaded with every command, and with one that only reads a mirror. */
const starts = ['src/cli/main.ts', 'src/cli/commands/status.ts'].map((file) => path.resolve(file));
/** What a command without a mirror does without, SQLite above all. */
const ofMirrors = ['src/db', 'src/query'].map((folder) => path.resolve(folder) + path.sep);

const isOfMirrors = (module: string) => ofMirrors.some((folder) => module.startsWith(folder));

function isLoadedAtStart(module: string, context: Context): boolean {
  const found = new Set<string>();
  const visit = (each: string): void => {
    if (found.has(each)) return;
    found.add(each);
    context.getModuleInfo(each)?.importedIds.forEach(visit);
  };
  starts.forEach(visit);
  return found.has(module) && !starts.includes(module);
}

function group(name: string, priority: number, isPart: (module: string) => boolean): CodeSplittingGroup {
  return {
    name: (module, context) => (isPart(module) && isLoadedAtStart(module, context) ? name : null),
    debugName: name,
    priority,
  };
}

/** The first takes what it can; the second may import it, and not the other way. */
export const groups: CodeSplittingGroup[] = [
  group('start', 2, (module) => !isOfMirrors(module)),
  group('mirror', 1, isOfMirrors),
];
