/** Machines that one seed hands on to the next: opening a mirror and preparing its statements takes longer than a seed. */
import { emptyMirror, Machine } from './machine.ts';

const idle: Machine[] = [];

/** Throws away what nobody will use any more. A test's process may be ended without a word: it has to ask for this. */
export function disposeIdle(): void {
  for (const machine of idle.splice(0)) machine.dispose();
}

process.once('exit', disposeIdle);

/** A machine with an empty mirror. */
export function takeMachine(): Machine {
  const used = idle.pop();
  used?.empty();
  return used ?? new Machine(emptyMirror());
}

/** Takes back a machine whose seed ended well; one on which anything was wrong is not used again. */
export function returnMachine(machine: Machine, { sound }: { sound: boolean }): void {
  if (sound) idle.push(machine);
  else machine.dispose();
}
