#!/usr/bin/env node
// The program's door. It uses nothing but what any Node knows: an old one is told so here, before anything native or
// modern is loaded, since the SQLite binding crashes on it rather than throwing.
import module from 'node:module';

var wanted = [22, 19];
var found = process.versions.node.split('.').map(Number);

if (found[0] < wanted[0] || (found[0] === wanted[0] && found[1] < wanted[1])) {
  process.stderr.write(
    `optimirror needs Node ${wanted.join('.')} or later; this is Node ${process.versions.node}.\n`,
  );
  process.exit(1);
} else {
  // Half of a short command's time is the compiler's: let it keep what it compiled.
  module.enableCompileCache();
  import('../dist/cli/main.js').catch((error) => {
    var unbuilt = error.code === 'ERR_MODULE_NOT_FOUND' && /dist.cli.main\.js/.test(error.message);
    process.stderr.write(unbuilt ? 'optimirror is not built yet: run npm run build\n' : `${error.stack}\n`);
    process.exit(1);
  });
}
