// How long one who waits has to leave a Lease alone.
import type { Lease } from './lease.ts';

/**
 * Counted in our own sleeps since we saw the Lease change last: no step of a wall clock, and no time that somebody else
 * wrote, makes it look older than it is.
 */
export class Patience {
  readonly #durationMs: number;
  /** Null before the first look, undefined when there was no Lease. */
  #version: string | undefined | null = null;
  #leftMs = 0;

  /** @param durationMs a holder is left alone for this long at least, or for longer if the Lease says so */
  constructor(durationMs: number) {
    this.#durationMs = durationMs;
  }

  /** It may be taken. */
  get isOver(): boolean {
    return this.#leftMs === 0;
  }

  saw(lease: Lease | undefined): void {
    const before = this.#version;
    this.#version = lease?.metadata.resourceVersion;
    if (this.#version === before) return;
    const { holderIdentity = '', leaseDurationSeconds = 0 } = lease?.spec ?? {};
    if (lease === undefined) {
      // A Lease that was deleted leaves a holder behind who has not noticed yet.
      this.#leftMs = before === null ? 0 : this.#durationMs;
    } else {
      this.#leftMs = holderIdentity === '' ? 0 : Math.max(this.#durationMs, leaseDurationSeconds * 1_000);
    }
  }

  /** Milliseconds until the next look, when looks are `periodMs` apart. */
  untilNext(periodMs: number): number {
    return this.isOver ? periodMs : Math.min(periodMs, this.#leftMs);
  }

  waited(ms: number): void {
    this.#leftMs = Math.max(0, this.#leftMs - ms);
  }
}
