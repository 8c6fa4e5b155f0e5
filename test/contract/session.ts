// What every session must do, whatever runtime, shell and tools stand behind it.
import { describeClaims } from './session-claims.ts';
import { describeChanges } from './session-changes.ts';
import { describeTampering } from './session-tampering.ts';
import { describeSnapshots } from './session-snapshots.ts';
import { describeStrangers } from './session-strangers.ts';
import { describeFencing } from './session-fencing.ts';
import { describeLocks } from './session-locks.ts';
import { describeNames } from './session-names.ts';
import { describeCleaning } from './session-cleaning.ts';
import { describeChecks } from './session-checks.ts';
import { describeProofs } from './session-proofs.ts';
import { describeTodos } from './session-todos.ts';
import type { SessionWorld } from './session-ground.ts';

export function describeSession(name: string, world: SessionWorld): void {
  describe(`a session over ${name}`, () => {
    describeChanges(world);
    describeTampering(world);
    describeSnapshots(world);
    describeStrangers(world);
    describeFencing(world);
    describeLocks(world);
    describeClaims(world);
    describeNames(world);
    describeCleaning(world);
    describeTodos(world);
    describeProofs(world);
    describeChecks(world);
  });
}
