/**
 * fast-check, with the same draws in every run: a test that fails by a rare draw would fail whoever changed something
 * else. To look for such draws: OPTIMIRROR_TEST_SEED=<number> npx vitest run.
 */
import fc from 'fast-check';

fc.configureGlobal({ seed: Number(process.env.OPTIMIRROR_TEST_SEED ?? 20_160_610) });

export default fc;
