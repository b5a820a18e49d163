/** Rule 6 of "How a push decides": what might be a lost create, and might not, waits for a person. */
import { describe, expect, it } from 'vitest';
import { disagreements, temporaryIds } from './agreement.ts';
import { goal, loseCreate, named, posts } from './lost-create.ts';
import { type SmallBench, smallBench } from './small.ts';

describe('a doubtful create', () => {
  async function doubtful(applied: boolean, event: string): Promise<SmallBench> {
    const bench = await smallBench();
    goal(bench);
    await loseCreate(bench, {
      applied,
      act: () => bench.account.create('goals', bench.small.project, { title: 'Buy', goal_type: 1, event }),
    });
    return bench;
  }

  it.each([
    ['of the same name, beside ours', true, 'other', 2],
    ['of the same name, and ours did not arrive', false, 'other', 1],
    ['that is its twin, beside ours', true, 'buy', 2],
  ] as const)('waits for a person where a colleague made one %s', async (_, applied, event, candidates) => {
    const bench = await doubtful(applied, event);
    const report = await bench.push();
    expect(report).toMatchObject({
      exit: 3,
      conflicts: [{ op: 'create', resource: 'goals' }],
      failed: [],
      remaining: 1,
    });
    expect(posts(bench)).toEqual([]);
    for (const { id } of named(bench)) expect(bench.waiting().error).toContain(String(id));
    expect(named(bench)).toHaveLength(candidates);
    for (const onConflict of ['ours', 'theirs'] as const)
      expect(await bench.push({ onConflict, yes: true })).toMatchObject({ exit: 3, remaining: 1 });
    expect(posts(bench)).toEqual([]);
  });

  it('is adopted where a person says which one it is', async () => {
    const bench = await doubtful(true, 'other');
    await bench.push();
    const ours = named(bench).find(({ event }) => event === 'buy')?.id as number;
    bench.resolve({ kind: 'adopt', remoteId: ours });
    expect(await bench.push()).toMatchObject({
      exit: 0,
      pushed: [{ op: 'create', remote_id: ours }],
      remaining: 0,
    });
    expect(posts(bench)).toEqual([]);
    expect(await disagreements(bench)).toEqual([]);
    expect(temporaryIds(bench)).toEqual([]);
  });

  it('is asked about again where what was to be adopted is not there', async () => {
    const bench = await doubtful(true, 'other');
    await bench.push();
    bench.resolve({ kind: 'adopt', remoteId: 4711 });
    expect(await bench.push()).toMatchObject({ exit: 3, remaining: 1 });
    expect(bench.waiting().error).toContain('4711');
    bench.resolve({ kind: 'adopt', remoteId: named(bench)[0]?.id as number });
    expect(await bench.push()).toMatchObject({ exit: 0, remaining: 0 });
  });

  it('is sent anew where a person says that it is none of them', async () => {
    const bench = await doubtful(false, 'other');
    await bench.push();
    bench.resolve({ kind: 'new' });
    expect(await bench.push()).toMatchObject({ exit: 0, pushed: [{ op: 'create' }], remaining: 0 });
    expect(posts(bench)).toHaveLength(1);
    expect(named(bench)).toHaveLength(2);
    expect(await disagreements(bench)).toEqual([]);
  });

  it('that was sent anew and lost again is told from those that were there', async () => {
    const bench = await doubtful(false, 'buy');
    bench.account.create('goals', bench.small.project, { title: 'Buy', goal_type: 1, event: 'buy' });
    await bench.push();
    bench.resolve({ kind: 'new' });
    await loseCreate(bench);
    expect(await bench.push()).toMatchObject({ exit: 0, remaining: 0 });
    expect(named(bench)).toHaveLength(3);
  });

  it('that was deleted here meanwhile vanishes where a person says that it is none of them', async () => {
    const bench = await doubtful(false, 'other');
    await bench.push();
    bench.remove('goals', bench.waiting().entity_id);
    expect(await bench.push({ yes: true })).toMatchObject({ exit: 3, remaining: 1 });
    bench.resolve({ kind: 'new' });
    expect(await bench.push({ yes: true })).toMatchObject({ exit: 0, remaining: 0 });
    expect(bench.writes()).toEqual([]);
    expect(bench.log()).toMatchObject([{ op: 'create', outcome: 'dropped' }]);
  });

  it('does not keep the rest from being sent', async () => {
    const bench = await doubtful(true, 'other');
    goal(bench, 'Next');
    expect(await bench.push()).toMatchObject({ exit: 3, pushed: [{ op: 'create' }], remaining: 1 });
    expect(named(bench, 'Next')).toHaveLength(1);
  });
});

describe('identical twins', () => {
  it.each([
    ['are both created, each once, though every answer is lost', 'lostReply'],
    ['are both created, each once, though every other request never arrives', 'reset'],
  ] as const)('%s', async (_, kind) => {
    const bench = await smallBench();
    for (let count = 0; count < 3; count++) goal(bench);
    let sent = 0;
    bench.sandbox.faults.next({
      kind,
      times: 99,
      match: ({ method }) => method === 'POST' && (kind === 'lostReply' || ++sent % 2 === 1),
    });
    expect(await bench.push()).toMatchObject({ exit: 0, remaining: 0, conflicts: [] });
    expect(named(bench)).toHaveLength(3);
    expect(await disagreements(bench)).toEqual([]);
  });
});
