// A clock that goes faster than time, and tells how long those who slept by it had to wait by its own count.
import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../../lib/clock.ts';

interface Sleep {
  /** By this clock; milliseconds. */
  readonly from: number;
  readonly until: number;
}

export class HurriedClock implements Clock {
  readonly #factor: number;
  readonly #begun = performance.now();
  readonly #start = Date.now();
  readonly #sleeps: Sleep[] = [];
  #aheadMs = 0;

  /** @param factor seconds of this clock in one second */
  constructor(factor: number) {
    this.#factor = factor;
  }

  now(): Date {
    return new Date(this.#start + (performance.now() - this.#begun) * this.#factor + this.#aheadMs);
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    const from = this.now().getTime();
    this.#sleeps.push({ from, until: from + ms });
    await delay(ms / this.#factor, undefined, signal === undefined ? {} : { signal });
  }

  /** Time passes at once; no sleeper notices. */
  leap(ms: number): void {
    this.#aheadMs += ms;
  }

  /** How much of all sleeps lay after this moment; milliseconds, whatever else the machine was busy with. */
  sleptSince(moment: Date): number {
    const since = moment.getTime();
    return this.#sleeps.reduce((sum, { from, until }) => sum + Math.max(0, until - Math.max(from, since)), 0);
  }
}
