// A repair does not wait for sources that are silent: their question goes on, and a later visit finds the answer.
import type { Clock } from '../../lib/clock.ts';
import { sleepUnlessAborted } from '../../lib/deadline.ts';
import type { WorkspacePlugin } from '../api/workspace-plugin.ts';
import { tampering } from './decide.ts';
import type { Place } from './observed.ts';

/** What a repair waits for the sources at most, once it is known to be due: they mostly answer within it; milliseconds. */
export const REPAIR_WAITS_MS = 1_000;

/** Questions that outlive the visit that has asked them. Each ends by its own deadline, all with `close`. */
export class Unhurried {
  readonly #clock: Clock;
  readonly #goingOn = new Set<AbortController>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * What `ask` resolves to; undefined when that takes longer than a repair can wait. Until then it ends with the signal.
   * @param isUrgent whether a repair waits for it
   */
  async answer<T>(
    ask: (signal: AbortSignal) => Promise<T>,
    isUrgent: () => Promise<boolean>,
    signal: AbortSignal,
  ): Promise<T | undefined> {
    const [asking, answered] = [new AbortController(), new AbortController()];
    const end = (): void => {
      asking.abort(signal.reason);
    };
    if (signal.aborted) end();
    signal.addEventListener('abort', end, { once: true });
    this.#goingOn.add(asking);
    const answer = ask(asking.signal).finally(() => {
      this.#goingOn.delete(asking);
    });
    // Of what goes on alone nobody hears any more.
    answer.catch(() => undefined);
    try {
      return await Promise.race([answer, this.#late(isUrgent, answered.signal)]);
    } finally {
      answered.abort();
      signal.removeEventListener('abort', end);
    }
  }

  /** Ends what goes on. */
  close(): void {
    for (const asking of this.#goingOn) asking.abort(new Error('The controller leads no longer.'));
  }

  async #late(isUrgent: () => Promise<boolean>, answered: AbortSignal): Promise<undefined> {
    if (!(await isUrgent())) await new Promise<never>(() => undefined);
    await sleepUnlessAborted(this.#clock, REPAIR_WAITS_MS, answered);
    return undefined;
  }
}

/**
 * The approved files are to be put back, whatever upstream has. Another revision that is there as a whole may be an update
 * whose record was lost: only the sources know.
 */
export function isRepairDue(object: WorkspacePlugin, place: Place): boolean {
  const approved = object.status?.approved;
  if (approved === undefined || place.state !== 'Reached') return false;
  const { plugin } = place.look;
  const { marker, manifestDigest, tampered, todo } = plugin;
  const isWhole = plugin.state === 'Marked' && tampered.count === 0 && marker?.digest === manifestDigest;
  if (todo !== undefined || (isWhole && manifestDigest !== approved.digest)) return false;
  return (
    object.spec.integrity.policy === 'Repair' && tampering({ object }, plugin, approved.digest) !== undefined
  );
}
