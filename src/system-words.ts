/** What the operating system refuses, by its code, in words for whoever named the file. */

const words: Readonly<Record<string, string>> = {
  EISDIR: 'it is a folder, not a file',
  ENOTDIR: 'a file stands where its path needs a folder',
  EEXIST: 'a file stands where its path needs a folder',
  EACCES: 'this user has no right to',
  EPERM: 'this user has no right to',
  EROFS: 'the disk can only be read',
  ENOSPC: 'the disk is full',
  EMFILE: 'too many files are open',
  ENAMETOOLONG: 'its name is too long',
  ELOOP: 'its links lead in a circle',
};

/** Those that tell of a path which can never be used, whoever asks. */
const unusable: ReadonlySet<unknown> = new Set([
  'EISDIR',
  'ENOTDIR',
  'EEXIST',
  'ENOENT',
  'ENAMETOOLONG',
  'ELOOP',
]);

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code ?? '';

/** Why; `missing` says what is not there, where something is not. Unknown codes are told in the system's own words. */
export function systemWords(error: unknown, missing = 'there is no such file'): string {
  if (codeOf(error) === 'ENOENT') return missing;
  return words[codeOf(error)] ?? (error instanceof Error ? error.message : String(error));
}

/** Whether the path itself is what is wrong, rather than rights or the state of a disk. */
export const isUnusablePath = (error: unknown): boolean => unusable.has(codeOf(error));
