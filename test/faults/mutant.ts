// What a bug put in on purpose is: the change of the product, and who must find it.
import type { Fault } from './boundaries.ts';
import type { Oracle } from './judge.ts';

/** In this file of the product the one text is replaced by the other. */
export interface Patch {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

interface CommonMutant {
  readonly name: string;
  readonly patches: readonly [Patch, ...Patch[]];
}

/** Found by an oracle, in a directory. */
export interface StoryMutant extends CommonMutant {
  /** The case that brings it to light. */
  readonly story: string;
  readonly faults: readonly Fault[];
  /** Undefined: nothing is wrong, and nobody may find anything. */
  readonly caughtBy: Oracle | undefined;
}

/** Found by the tests of a suite. */
export interface SuiteMutant extends CommonMutant {
  /** Of the matrix; undefined: the suite is of none of its rows. */
  readonly row: number | undefined;
  /** Below `test/`. */
  readonly file: string;
  /** Only the tests with this text in their name: the others take long, or are of something else. */
  readonly only?: string;
  /** For a suite that tries as many cases as it is told. */
  readonly cases?: number;
}
