// Random sequences of commands, each tried on a thing beside its model; the commands are the cases of a suite row.
import fc from 'fast-check';
import { suiteCases, suiteSeed, tried } from '../faults/tried.ts';

/** A run of the suite alone may take long; milliseconds. */
export const SEQUENCES_TIMEOUT_MS = 20 * 60_000;

export interface SequenceOptions<C> {
  readonly command: fc.Arbitrary<C>;
  /** Of one sequence. */
  readonly length: { readonly min: number; readonly max: number };
  /** Of all together, unless the run names another number. */
  readonly commands: number;
}

/** @param run tries one sequence from the beginning; throws where thing and model part */
export async function trySequences<C>(
  { command, length, commands }: SequenceOptions<C>,
  run: (sequence: readonly C[]) => Promise<void>,
): Promise<void> {
  const sequence = fc.array(command, { minLength: length.min, maxLength: length.max, size: 'max' });
  await fc.assert(
    fc.asyncProperty(sequence, async (one) => {
      await run(one);
      tried(one.length);
    }),
    { seed: suiteSeed(), numRuns: Math.ceil(suiteCases(commands) / length.min) },
  );
}
