// What one case is, what comes of it, and how it is called.
import { describeFault, type Fault, type Point } from './boundaries.ts';
import type { Finding } from './judge.ts';
import type { PlaceKind } from './place.ts';
import type { Story } from './stories.ts';

export interface Case {
  /** Of the matrix. */
  readonly row: number;
  readonly place: PlaceKind;
  readonly story: Story;
  /** One for each controller in turn; the next one is started when the one before was killed. */
  readonly faults: readonly Fault[];
  /** The world as an undisturbed run leaves it; undefined for that run itself. */
  readonly expected: string | undefined;
  /** How often an undisturbed run starts the agent anew; left out: it is not compared. */
  readonly restarts?: number;
  /** Patches of the product's source, as mutate.ts takes them; undefined for the product as it is. */
  readonly mutations: string | undefined;
  /** Its controllers compete for a Lease. */
  readonly competes?: boolean;
  /** Oracle E: after the faults stop it converges within this; default 60,000. */
  readonly convergeMs?: number;
}

export interface Verdict {
  /** Empty: it holds. */
  readonly findings: readonly Finding[];
  /** Every disturbance was met. */
  readonly reached: boolean;
  /** The calls of an undisturbed run. */
  readonly calls: readonly Point[];
  readonly world: string;
  /** How often the agent was started anew. */
  readonly restarts: number;
  /** How long it took; milliseconds. */
  readonly ms: number;
  /** The end of what the last controller logged. */
  readonly log: string;
}

export function nameOf({ row, place, story, faults }: Case): string {
  return [`row ${row}`, place, story.name, ...faults.map(describeFault)].join(' | ');
}
