// The work queue of one kind: which object is visited next, and never the same one twice at once.
import type { Clock } from '../clock.ts';
import { backoffMs } from './backoff.ts';
import { Delays } from './delays.ts';
import { FIFO } from './fifo.ts';
import { Lanes, type Lane, type Ready } from './lanes.ts';

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
  /** Told once: what tells at any time how long each key that is running has run by then. */
  running(ages: () => readonly number[]): void;
}

export interface WorkQueueConfig {
  readonly clock: Clock;
  readonly observer: QueueObserver;
  /** Uniform in [0, 1). */
  readonly random?: () => number;
}

interface Running {
  readonly since: number;
  /** Where it was added again meanwhile. */
  again: Lane | undefined;
}

/**
 * A key is at most once ready and at most once running; one that is added while it runs is ready again right after.
 * Ready keys are served in the order in which they came, those of the front lane before the others, which get their share all
 * the same (`lanes.ts`); of several lanes asked for, the front one counts. A visit answers every wake-up, immediate or delayed, that was
 * asked for before it began.
 */
export class WorkQueue {
  readonly #config: WorkQueueConfig;
  readonly #random: () => number;
  readonly #ready = new Lanes();
  readonly #running = new Map<string, Running>();
  readonly #failures = new Map<string, number>();
  readonly #delays = new Delays();
  /** Delayed keys that are to be in front once their time has come. */
  readonly #delayedInFront = new Set<string>();
  readonly #waiters = new FIFO<(key: string | undefined) => void>();
  #timer: { readonly at: number; readonly cancel: AbortController } | undefined;
  #shutDown = false;

  constructor(config: WorkQueueConfig) {
    this.#config = config;
    this.#random = config.random ?? Math.random;
    config.observer.running(() =>
      // The clock may have been set back since.
      [...this.#running.values()].map(({ since }) => Math.max(0, this.#now() - since) / 1000),
    );
  }

  /** Ready keys. */
  get depth(): number {
    return this.#ready.length;
  }

  /** Keys that are running. */
  get atWork(): number {
    return this.#running.size;
  }

  add(key: string, lane: Lane = 'Front'): void {
    if (this.#shutDown) return;
    const running = this.#running.get(key);
    if (running !== undefined) {
      if (running.again === undefined) this.#config.observer.added();
      if (running.again !== 'Front') running.again = lane;
    } else if (this.#ready.add({ key, lane, since: this.#now() })) {
      this.#config.observer.added();
      this.#announce();
    }
  }

  /** Adds the key after `ms` milliseconds, or earlier if that was asked for too. */
  addAfter(key: string, ms: number, lane: Lane = 'Front'): void {
    if (this.#shutDown) return;
    if (ms <= 0) {
      this.add(key, lane);
      return;
    }
    if (lane === 'Front') this.#delayedInFront.add(key);
    this.#delays.set(key, this.#now() + ms);
    this.#schedule();
  }

  /** Adds the key, in the background, after a back-off that grows with each call until `forget`; at least `atLeastMs`. */
  retry(key: string, atLeastMs = 0): void {
    const failures = (this.#failures.get(key) ?? 0) + 1;
    this.#failures.set(key, failures);
    const delay = backoffMs({ failures, baseMs: RETRY_BASE_MS, capMs: RETRY_CAP_MS, random: this.#random });
    this.#config.observer.retried();
    this.addAfter(key, Math.max(delay, atLeastMs), 'Background');
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

  /** Begins this key out of its turn, as if `next` had given it; false where it is not ready. */
  take(key: string): boolean {
    const ready = this.#shutDown ? undefined : this.#ready.take(key);
    if (ready !== undefined) this.#begin(ready);
    return ready !== undefined;
  }

  /** Ends what `next` or `take` began. */
  done(key: string): void {
    const running = this.#running.get(key);
    if (running === undefined) return;
    this.#running.delete(key);
    const now = this.#now();
    this.#config.observer.worked((now - running.since) / 1000);
    if (running.again === undefined || this.#shutDown) return;
    this.#ready.add({ key, lane: running.again, since: now });
    this.#announce();
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

  /** A key has become ready. */
  #announce(): void {
    this.#config.observer.depth(this.depth);
    this.#serve();
  }

  #serve(): void {
    if (this.#ready.length === 0) return;
    const waiter = this.#waiters.shift();
    if (waiter === undefined) return;
    const ready = this.#ready.shift();
    if (ready !== undefined) this.#begin(ready);
    waiter(ready?.key);
  }

  #begin({ key, since }: Ready): void {
    const now = this.#now();
    this.#config.observer.waited((now - since) / 1000);
    this.#config.observer.depth(this.depth);
    this.#delays.delete(key);
    this.#delayedInFront.delete(key);
    this.#running.set(key, { since: now, again: undefined });
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
    for (const key of this.#delays.takeDue(Math.max(slept, this.#now()))) {
      this.add(key, this.#delayedInFront.delete(key) ? 'Front' : 'Background');
    }
    this.#schedule();
  }

  #now(): number {
    return this.#config.clock.now().getTime();
  }
}
