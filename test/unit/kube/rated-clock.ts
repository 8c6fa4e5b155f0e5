// A clock of one machine among several: it runs at a rate of its own, may be set, and its process may be stopped.
import type { Clock } from '../../../lib/clock.ts';
import type { ManualClock } from '../../support/manual-clock.ts';

export class RatedClock implements Clock {
  /** Of true time. */
  readonly rate: number;
  readonly #base: ManualClock;
  readonly #start: number;
  #offsetMs = 0;
  #stopped: PromiseWithResolvers<undefined> | undefined;

  constructor(base: ManualClock, rate: number) {
    this.#base = base;
    this.rate = rate;
    this.#start = base.now().getTime();
  }

  now(): Date {
    const passed = this.#base.now().getTime() - this.#start;
    return new Date(this.#start + passed * this.rate + this.#offsetMs);
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    await this.#base.sleep(ms / this.rate, signal);
    await this.#stopped?.promise;
    signal?.throwIfAborted();
  }

  get isStopped(): boolean {
    return this.#stopped !== undefined;
  }

  /** Somebody sets the wall clock. */
  set(ms: number): void {
    this.#offsetMs += ms;
  }

  /** As SIGSTOP: time passes, and nothing runs. */
  stop(): void {
    this.#stopped ??= Promise.withResolvers();
  }

  /** As SIGCONT: what was due is done now. */
  go(): void {
    this.#stopped?.resolve(undefined);
    this.#stopped = undefined;
  }

  /** Resolves when the process runs. */
  async running(): Promise<void> {
    await this.#stopped?.promise;
  }
}
