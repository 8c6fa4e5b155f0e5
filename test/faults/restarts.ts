// How often a case has started the agent anew, held against the undisturbed run: none is lost, and none is doubled but one.
import type { Fault } from './boundaries.ts';
import type { Case } from './case.ts';

/** What is wrong with it, in words; undefined: nothing, or there is nothing to compare with. */
export function wrongRestarts(one: Case, found: number): string | undefined {
  const { restarts: wanted, faults } = one;
  if (wanted === undefined || faults.some(endsOtherwise)) return undefined;
  const [least, most] = [wanted - faults.filter(isRestartItself).length, wanted + mostDoubled(one)];
  if (found >= least && found <= most) return undefined;
  return `the agent was started anew ${found} times, not ${most === least ? wanted : `${least} to ${most}`} times`;
}

/** Another object, or none, is there in the end. */
function endsOtherwise({ disturbance }: Fault): boolean {
  return disturbance.kind === 'Hold' && disturbance.deed !== 'Lose';
}

/** What was due in a container is not due any more in the one that takes its place. */
function isRestartItself({ disturbance }: Fault): boolean {
  return disturbance.kind === 'Hold' && disturbance.deed === 'Lose';
}

/**
 * A signal leaves no trace in an agent that starts anew within its process: where the controller or its reply is lost
 * between the signal and our record of it, nobody can tell, and it is sent once more. A container tells by its first
 * process: there it happens only to a leader that was stopped right before the restart and goes on beyond its lease, as
 * no engine takes a ticket.
 */
function mostDoubled({ place, faults }: Case): number {
  return faults.filter((fault) => isInBetween(fault) && (place === 'directory' || isStopped(fault))).length;
}

function isInBetween({ name, disturbance: { kind } }: Fault): boolean {
  if (name === 'runtime.run record') return true;
  return name === 'runtime.restart' && ['KillAfter', 'LoseReply', 'Late', 'Stop'].includes(kind);
}

function isStopped({ name, disturbance }: Fault): boolean {
  return name === 'runtime.restart' && disturbance.kind === 'Stop';
}
