/** Files and folders of an export: a file is written under a temporary name, until the whole export is on the disk. */
import fs from 'node:fs/promises';
import path from 'node:path';

export class GrowingFile {
  readonly #handle: fs.FileHandle;
  #bytes = 0;

  private constructor(handle: fs.FileHandle) {
    this.#handle = handle;
  }

  static async create(file: string): Promise<GrowingFile> {
    return new GrowingFile(await fs.open(file, 'wx'));
  }

  get bytes(): number {
    return this.#bytes;
  }

  async append(data: Uint8Array): Promise<void> {
    for (let done = 0; done < data.length; ) {
      const { bytesWritten } = await this.#handle.write(data, done);
      done += bytesWritten;
    }
    this.#bytes += data.length;
  }

  /** Resolves when all of it is on the disk. */
  async sync(): Promise<void> {
    await this.#handle.sync();
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}

/**
 * Makes a folder where there is none, and those above it. Node's own recursive `mkdir` never ends where the system finds
 * "no such file" below a folder that is there, as /proc does: here every folder is asked for once.
 */
export async function makeFolder(folder: string): Promise<void> {
  if (await isFolder(folder)) return;
  await makeFolder(path.dirname(folder));
  try {
    await fs.mkdir(folder);
  } catch (error) {
    // Somebody else may have made it in between.
    if (!(await isFolder(folder))) throw error;
  }
}

const isFolder = (place: string): Promise<boolean> =>
  fs.stat(place).then(
    (found) => found.isDirectory(),
    () => false,
  );

/** Writes what a folder holds to the disk: until then a power cut may take a new name away. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await fs.open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Replaces a small file as a whole, or leaves it as it was. */
export async function replaceFile(file: string, temporary: string, text: string): Promise<void> {
  const handle = await fs.open(temporary, 'w');
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await fs.rename(temporary, file);
}
