/** Node's own modules in a bundle: taken as they are rather than imported. */
import type { Plugin } from 'rolldown';

/** As the bundler writes it: `import a, { b as c } from "node:d";`, on a line of its own. */
const anImport = /^import (?:([\w$]+)(?:, )?)?(?:\{ (.+) \})? ?(?:from )?"(node:[\w/]+)";$/gm;

/**
 * To import one of Node's own modules makes everything that it exports: for `process` the streams of standard input, for
 * `fs` those of files and all promises. A command that needs none of it would wait for it longer than for its own code.
 */
export const builtinsAsTheyAre: Plugin = {
  name: 'builtins-as-they-are',
  renderChunk(code) {
    const changed = code.replace(anImport, (_, whole?: string, parts?: string, name?: string) => {
      // `process` itself may be the name of what is imported.
      const taken = `globalThis.process.getBuiltinModule("${name}")`;
      const names = [whole, parts && `{ ${parts.replaceAll(' as ', ': ')} }`].filter(Boolean);
      return names.map((each) => `const ${each} = ${taken};`).join(' ');
    });
    const left = /^(?:import|export) .*"node:.*$/m.exec(changed);
    if (left) throw new Error(`this import is written in another way than the build expects: ${left[0]}`);
    return { code: changed, map: null };
  },
};
