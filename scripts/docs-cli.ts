/** Writes docs/cli.md from the program itself. */
import fs from 'node:fs';
import { describedProgram } from '../src/cli/program.ts';
import { reference } from '../src/cli/reference.ts';

fs.writeFileSync(new URL('../docs/cli.md', import.meta.url), reference(await describedProgram()));
