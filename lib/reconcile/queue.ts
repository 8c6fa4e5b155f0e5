// The work queue of one kind: which object is visited next, and never the same one twice at once.
import type { Clock } from '../clock.ts';
import { backoffMs } from './backoff.ts';
import { Delays } from './delays.ts';
import { FIFO } from './fifo.ts';

/** Back-off of `retry`; milliseconds. The cap lets everything converge within a minute after an outage. */
export const RETRY_BASE_MS = 100;
export const RETRY_CAP_MS = 30_000;

/** Timers of the platform overflow beyond 2³¹ ms; longer waits are slept in parts. */
const MAX_SLEEP_MS = 24 * 60 * 60_000;

/** Told of what happens in the queue, for metrics; seconds. */
export interface QueueObserver {
  added(): void;
  retried(): void;
  depth(keys: number): void;
  waited(seconds: number): void;
  worked(seconds: number): void;
}

export interface WorkQueueConfig {
  readonly clock: Clock;
  readonly observer: QueueObserver;
  /** Uniform in [0, 1). */
  readonly random?: () => number;
}

interface Running {
  readonly since: number;
  /** It was added again meanwhile. */
  again: boolean;
}

/**
 * A key is at most once ready and at most once running; one that is added while it runs is ready again right after.
 * Ready keys are served in the order in which they came. A visit answers every wake-up, immediate or delayed, that was
 * asked for before it began.
 */
export class WorkQueue {
  readonly #config: WorkQueueConfig;
  readonly #random: () => number;
  readonly #ready = new FIFO<string>();
  /** When each ready key was added, in milliseconds. */
  readonly #readySince = new Map<string, number>();
  readonly #running = new Map<string, Running>();
  readonly #failures = new Map<string, number>();
  readonly #delays = new Delays();
  readonly #waiters = new FIFO<(key: string | undefined) => void>();
  #timer: { readonly at: number; readonly cancel: AbortController } | undefined;
  #shutDown = false;

  constructor(config: WorkQueueConfig) {
    this.#config = config;
    this.#random = config.random ?? Math.random;
  }

  /** Ready keys. */
  get depth(): number {
    return this.#readySince.size;
  }

  add(key: string): void {
    if (this.#shutDown) return;
    const running = this.#running.get(key);
    if (running !== undefined) {
      if (!running.again) this.#config.observer.added();
      running.again = true;
    } else if (!this.#readySince.has(key)) {
      this.#config.observer.added();
      this.#makeReady(key);
    }
  }

  /** Adds the key after `ms` milliseconds, or earlier if that was asked for too. */
  addAfter(key: string, ms: number): void {
    if (this.#shutDown) return;
    if (ms <= 0) {
      this.add(key);
      return;
    }
    this.#delays.set(key, this.#now() + ms);
    this.#schedule();
  }

  /** Adds the key after a back-off that grows with each call until `forget`; at least `atLeastMs`. */
  retry(key: string, atLeastMs = 0): void {
    const failures = (this.#failures.get(key) ?? 0) + 1;
    this.#failures.set(key, failures);
    const delay = backoffMs({ failures, baseMs: RETRY_BASE_MS, capMs: RETRY_CAP_MS, random: this.#random });
    this.#config.observer.retried();
    this.addAfter(key, Math.max(delay, atLeastMs));
  }

  /** The next failure of this key is the first again. */
  forget(key: string): void {
    this.#failures.delete(key);
  }

  /** The next ready key, which is running until `done`; undefined after `shutDown`. */
  next(): Promise<string | undefined> {
    if (this.#shutDown) return Promise.resolve(undefined);
    const { promise, resolve } = Promise.withResolvers<string | undefined>();
    this.#waiters.push(resolve);
    this.#serve();
    return promise;
  }

  /** Ends what `next` began. */
  done(key: string): void {
    const running = this.#running.get(key);
    if (running === undefined) return;
    this.#running.delete(key);
    this.#config.observer.worked((this.#now() - running.since) / 1000);
    if (running.again && !this.#shutDown) this.#makeReady(key);
  }

  /** Nothing is handed out any more, and nothing taken in. */
  shutDown(): void {
    this.#shutDown = true;
    this.#config.observer.depth(0);
    this.#timer?.cancel.abort();
    this.#timer = undefined;
    for (let waiter = this.#waiters.shift(); waiter !== undefined; waiter = this.#waiters.shift())
      waiter(undefined);
  }

  #makeReady(key: string): void {
    this.#readySince.set(key, this.#now());
    this.#ready.push(key);
    this.#config.observer.depth(this.depth);
    this.#serve();
  }

  #serve(): void {
    if (this.#ready.length === 0) return;
    const waiter = this.#waiters.shift();
    if (waiter === undefined) return;
    const key = this.#ready.shift();
    if (key !== undefined) this.#begin(key);
    waiter(key);
  }

  #begin(key: string): void {
    const now = this.#now();
    this.#config.observer.waited((now - (this.#readySince.get(key) ?? now)) / 1000);
    this.#readySince.delete(key);
    this.#config.observer.depth(this.depth);
    this.#delays.delete(key);
    this.#running.set(key, { since: now, again: false });
  }

  /** Keeps one timer, for the earliest delayed key. */
  #schedule(): void {
    const at = this.#delays.earliest();
    if (at === this.#timer?.at) return;
    this.#timer?.cancel.abort();
    this.#timer = undefined;
    if (at === undefined || this.#shutDown) return;
    const timer = { at, cancel: new AbortController() };
    this.#timer = timer;
    const ms = Math.min(Math.max(at - this.#now(), 0), MAX_SLEEP_MS);
    this.#config.clock.sleep(ms, timer.cancel.signal).then(
      () => {
        if (this.#timer === timer) this.#wake(ms === MAX_SLEEP_MS ? this.#now() : at);
      },
      () => undefined, // another timer took its place
    );
  }

  /** @param slept the time that has come by the sleeper's count, should the wall clock have been set back */
  #wake(slept: number): void {
    this.#timer = undefined;
    for (const key of this.#delays.takeDue(Math.max(slept, this.#now()))) this.add(key);
    this.#schedule();
  }

  #now(): number {
    return this.#config.clock.now().getTime();
  }
}
