// What a row of RELIABILITY's matrix is here: stories that are disturbed, or a suite of tests that count as its cases.
import type { Fault, Point } from './boundaries.ts';
import type { Random } from './random.ts';
import type { Story } from './stories.ts';

export type Row = StoryRow | SuiteRow;

/** Whose calls they are. */
export interface Where {
  readonly story: Story;
  readonly isContainer: boolean;
}

interface CommonRow {
  readonly number: number;
  /** Says what the cases are, and what is left out, if anything. */
  readonly title: string;
}

/** Cases are made from the calls that an undisturbed story was seen to make, with the controller as a real process. */
export interface StoryRow extends CommonRow {
  readonly sort: 'Stories';
  /** Every disturbance of a story once, each as the faults of one controller after the other. */
  faults(calls: readonly Point[], random: Random, where: Where): readonly (readonly Fault[])[];
  /** A run of all of it with fewer cases fails: boundaries were not found, or not met. */
  readonly goal: number;
  /** The Lease is competed for. */
  readonly competes?: boolean;
}

/** Mocha files, run in a process of their own. A test is one case, unless it says by `tried` that it has tried more. */
export interface SuiteRow extends CommonRow {
  readonly sort: 'Suite';
  /** Patterns of files below `test/`. */
  readonly files: readonly [string, ...string[]];
  /** With fewer cases the run fails: so many tests are not there, or were not counted. */
  readonly goal: number;
  /** Left to `--all` and `--row`: it takes long, or `npm test` runs it anyway. */
  readonly isExtra?: true;
  /** All of it is over by then; default: 15 minutes. */
  readonly timeoutMs?: number;
}
