// A clock that stands still until a test moves it.
import type { Clock } from '../../lib/clock.ts';

interface Sleeper {
  at: number;
  readonly wake: () => void;
}

export class ManualClock implements Clock {
  #now: number;
  #sleepers: Sleeper[] = [];

  constructor(start = '2026-01-01T00:00:00Z') {
    this.#now = Date.parse(start);
  }

  now(): Date {
    return new Date(this.#now);
  }

  /** Sleeps that have not ended. */
  get sleeping(): number {
    return this.#sleepers.length;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    if (signal?.aborted === true) {
      reject(signal.reason as Error);
      return promise;
    }
    const sleeper: Sleeper = {
      at: this.#now + ms,
      wake: () => {
        signal?.removeEventListener('abort', onAbort);
        resolve(undefined);
      },
    };
    const onAbort = (): void => {
      this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
      reject(signal?.reason as Error);
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#sleepers.push(sleeper);
    return promise;
  }

  /** Sets the wall clock; no sleeper notices. */
  step(ms: number): void {
    this.#now += ms;
    for (const sleeper of this.#sleepers) sleeper.at += ms;
  }

  /** Moves on, waking each sleeper at its own moment, and lets everything settle that follows from it. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settle();
    for (let next = this.#earliest(end); next !== undefined; next = this.#earliest(end)) {
      const { at, wake } = next;
      this.#sleepers = this.#sleepers.filter((other) => other !== next);
      this.#now = Math.max(this.#now, at);
      wake();
      await settle();
    }
    this.#now = end;
    await settle();
  }

  #earliest(end: number): Sleeper | undefined {
    return this.#sleepers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
  }
}

/** Lets all promises that are settled run what waits for them. */
export function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
