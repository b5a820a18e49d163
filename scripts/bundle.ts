/** Builds dist/cli, the program in few files, of which a command loads its own. `tsc` has built the library before. */
import { build, type RolldownOptions } from 'rolldown';
import { builtinsAsTheyAre } from './bundle/builtins.ts';
import { groups } from './bundle/groups.ts';
import { licences } from './bundle/licences.ts';

/** Every command loads it, with Node's modules that it imports; others were tried, and gave nothing. */
const inlined = ['commander'];

/** A mirror is to be the same for the library and for the program: what the one laid, the other leaves. */
async function fingerprintOfLibrary(): Promise<string> {
  const file = new URL('../dist/db/fingerprint.js', import.meta.url);
  const { readFingerprint } = (await import(file.href)) as typeof import('../src/db/fingerprint.ts');
  const fingerprint = readFingerprint();
  if (fingerprint === undefined) throw new Error('dist lacks a module that src/db/fingerprint.ts names');
  return fingerprint;
}

const isBare = (id: string) => /^[^./\0]/.test(id);

const common: RolldownOptions = {
  platform: 'node',
  transform: {
    target: 'node22.19',
    define: { builtFingerprint: JSON.stringify(await fingerprintOfLibrary()) },
  },
  onLog(level, log, say) {
    // What is loaded only where it is needed here may be part of a command elsewhere.
    if (log.code !== 'INEFFECTIVE_DYNAMIC_IMPORT') say(level === 'warn' ? 'error' : level, log);
  },
};

const output = { dir: 'dist/cli', entryFileNames: '[name].js', chunkFileNames: '[name].js', sourcemap: true };

await build([
  {
    ...common,
    input: 'src/cli/main.ts',
    external: (id) => isBare(id) && !inlined.includes(id),
    plugins: [builtinsAsTheyAre, licences],
    output: { ...output, codeSplitting: { groups } },
  },
  // The process of a query is a program of its own, and has nothing of the command line.
  {
    ...common,
    input: 'src/query/sql-process.ts',
    external: isBare,
    plugins: [builtinsAsTheyAre],
    output: { ...output, codeSplitting: false },
  },
]);
