/** The licences of what is in a bundle and comes from others, written beside it. */
import fs from 'node:fs';
import path from 'node:path';
import type { Plugin } from 'rolldown';

/** The folder of the package that a module belongs to; null for our own. */
function packageOf(module: string): string | null {
  return /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(module.replaceAll('\\', '/'))?.[0] ?? null;
}

function licenceOf(folder: string): string {
  const name = fs.readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
  if (name === undefined) throw new Error(`${path.basename(folder)} has no licence that could be kept`);
  return `${path.basename(folder)}\n\n${fs.readFileSync(path.join(folder, name), 'utf8').trim()}\n`;
}

export const licences: Plugin = {
  name: 'licences',
  generateBundle(_, bundle) {
    const modules = Object.values(bundle).flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []));
    const folders = [...new Set(modules.map(packageOf).filter((folder) => folder !== null))].sort();
    if (folders.length === 0) return;
    const source = folders.map(licenceOf).join(`\n${'-'.repeat(80)}\n\n`);
    this.emitFile({ type: 'asset', fileName: 'licences.txt', source });
  },
};
