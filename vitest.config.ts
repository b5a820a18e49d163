/**
 * How the tests run: real files in temporary folders, whole programs with room to start. The times are there to end what
 * hangs; no machine is to be so slow that they end what works.
 */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    pool: 'forks',
  },
});
