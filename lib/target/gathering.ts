// The wait of a session for company, before each of its commands.
import type { Clock } from '../clock.ts';
import { sleepUnlessAborted } from '../deadline.ts';
import { companyOf, isWhole, pauseMs, type Company } from './company.ts';
import type { Memory } from './memory.ts';
import type { Round } from './round.ts';

export interface GatheringOptions {
  readonly clock: Clock;
  readonly memory: Memory;
  /** Who waits by now. */
  readonly waiting: () => Round;
}

export class Gathering {
  readonly #options: GatheringOptions;
  #pause: AbortController | undefined;

  constructor(options: GatheringOptions) {
    this.#options = options;
  }

  /** @param late the round before had several changes, of which some may be late */
  async wait(late: boolean): Promise<void> {
    const { clock, memory, waiting } = this.#options;
    let last: Company | undefined;
    for (let waitedMs = 0; ;) {
      const now = companyOf(waiting(), memory, clock.now());
      const ms = pauseMs(now, { last, waitedMs, late });
      if (ms === 0) break;
      await this.#sleep(ms);
      waitedMs += ms;
      last = now;
    }
  }

  /** Somebody more waits: once there is nobody else to come, nothing is waited for. */
  arrived(): void {
    const { memory, waiting } = this.#options;
    if (this.#pause !== undefined && isWhole(waiting().changes, memory)) this.#pause.abort();
  }

  async #sleep(ms: number): Promise<void> {
    this.#pause = new AbortController();
    try {
      await sleepUnlessAborted(this.#options.clock, ms, this.#pause.signal);
    } finally {
      this.#pause = undefined;
    }
  }
}
