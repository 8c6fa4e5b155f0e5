// Revisions that could not be fetched: many objects want the same one, and a repository that fails is asked by one of them.
import type { Clock } from '../clock.ts';
import { asItStands, type Failed, failedAgain, leftMs, type RetryIntervals } from './failed.ts';

/** Those that failed longest ago are forgotten first. */
const MAX_REMEMBERED = 10_000;

export class FailedFetches {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #failed = new Map<string, Failed>();

  constructor({ clock, random = Math.random }: { clock: Clock; random?: () => number }) {
    this.#clock = clock;
    this.#random = random;
  }

  /**
   * Fetches, unless that has failed a moment ago. What was broken off by the signal has not failed.
   * @param retry undefined: it is tried in any case
   * @throws what the work throws, now or then; a TransientError then says in `retryAfterMs` when it is tried again
   */
  async run(
    key: string,
    retry: RetryIntervals | undefined,
    signal: AbortSignal,
    work: () => Promise<void>,
  ): Promise<void> {
    const before = this.#failed.get(key);
    const now = this.#clock.now();
    if (before !== undefined && retry !== undefined && leftMs(before, retry, now) > 0) {
      throw asItStands(before, retry, now);
    }
    try {
      await work();
      this.#failed.delete(key);
    } catch (error) {
      if (!signal.aborted) this.#note(key, error);
      throw error;
    }
  }

  #note(key: string, error: unknown): void {
    const failed = failedAgain(this.#failed.get(key), error, { clock: this.#clock, random: this.#random });
    this.#failed.delete(key);
    if (failed !== undefined) this.#failed.set(key, failed);
    const [oldest] = this.#failed.keys();
    if (this.#failed.size > MAX_REMEMBERED && oldest !== undefined) this.#failed.delete(oldest);
  }
}
