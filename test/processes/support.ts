/** The processes of `processes.ts` in a test, which takes them away when it has ended. */
import { afterAll } from 'vitest';
import { cleanUp } from './processes.ts';

export * from './processes.ts';

afterAll(cleanUp);
