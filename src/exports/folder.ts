/** The folder of an export: written aside, put in place at the end, so that no half file ever has its final name. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { type Lock, lockOrNull } from '../db/lock.ts';
import { exitStatus, UserError } from '../errors.ts';
import { GrowingFile, makeFolder, replaceFile, syncFolder } from './file.ts';
import { type Manifest, manifestName, manifestText } from './manifest.ts';

/** Hidden, and its files have no ending: no pattern of a reader takes them for data. */
const stagingName = '.tmp-export';
const lockName = '.optimirror-export.lock';

/** A file that is written and waits for its place. */
interface Staged {
  readonly temporary: string;
  /** Relative to the folder. */
  readonly name: string;
}

export class ExportFolder {
  readonly root: string;
  readonly #staging: string;
  readonly #lock: Lock;
  readonly #staged: Staged[] = [];
  #created = 0;

  private constructor(root: string, lock: Lock) {
    this.root = path.resolve(root);
    this.#staging = path.join(this.root, stagingName);
    this.#lock = lock;
  }

  /** Opens the folder, makes it where there is none, and clears away what an interrupted export left. */
  static async open(root: string): Promise<ExportFolder> {
    await makeFolder(root);
    const lock = lockOrNull(path.join(root, lockName));
    if (lock === null) {
      throw new UserError(`another export is writing to ${root}; wait for it to end and try again`, {
        exit: exitStatus.busy,
      });
    }
    const folder = new ExportFolder(root, lock);
    await fs.rm(folder.#staging, { recursive: true, force: true });
    return folder;
  }

  /** A new file aside. */
  async create(): Promise<{ file: GrowingFile; temporary: string }> {
    await makeFolder(this.#staging);
    const temporary = path.join(this.#staging, String(++this.#created));
    return { file: await GrowingFile.create(temporary), temporary };
  }

  /** Notes where a finished file belongs. */
  stage(temporary: string, name: string): void {
    this.#staged.push({ temporary, name });
  }

  /** Puts every staged file in its place, over an older one of that name. */
  async publish(): Promise<void> {
    const folders = new Set<string>([this.root]);
    for (const { temporary, name } of this.#staged) {
      const target = path.join(this.root, name);
      const parent = path.dirname(target);
      await makeFolder(parent);
      await fs.rename(temporary, target);
      for (let each = parent; each.length > this.root.length; each = path.dirname(each)) folders.add(each);
    }
    for (const folder of folders) await syncFolder(folder);
  }

  async writeManifest(manifest: Manifest): Promise<void> {
    await makeFolder(this.#staging);
    const temporary = path.join(this.#staging, 'manifest');
    await replaceFile(path.join(this.root, manifestName), temporary, manifestText(manifest));
    await syncFolder(this.root);
  }

  /** Removes files, named relative to the folder. */
  async remove(names: readonly string[]): Promise<void> {
    for (const name of names) await fs.rm(path.join(this.root, name), { force: true });
  }

  /** Lets go of the folder; what was not published goes with it. */
  async close(): Promise<void> {
    try {
      await fs.rm(this.#staging, { recursive: true, force: true });
    } finally {
      this.#lock.release();
    }
  }
}
