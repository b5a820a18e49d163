/** The mirror's own refusals: its triggers say what the API would not take, and here it becomes the user's error. */
import { UsageError } from '../errors.ts';

/** Whether a trigger refused the write. */
export function isRefusal(error: unknown): error is Error {
  return error instanceof Error && (error as Error & { code?: string }).code === 'SQLITE_CONSTRAINT_TRIGGER';
}

/** Runs a write; a refusal of the triggers is thrown as a UsageError with their words. */
export function refusing<T>(write: () => T): T {
  try {
    return write();
  } catch (error) {
    if (isRefusal(error)) throw new UsageError(error.message, { cause: error });
    throw error;
  }
}
