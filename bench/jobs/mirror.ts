/** Makes a mirror that other jobs read, in a process that ends with it. */
import { type MirrorName, makeMirror } from '../mirrors/index.ts';
import type { Place, Work } from './index.ts';

export function makeMirrorJob({ mirror, what }: Place): Work {
  return {
    run: () => makeMirror(what as MirrorName, mirror),
    end() {},
  };
}
