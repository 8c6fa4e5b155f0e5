// One piece of work that many wait for, and that ends when nobody does.
import { TransientError } from '../errors.ts';

/** Starts its work by itself, once. A waiter may leave; the work is aborted when the last one has left. */
export class SharedCall<T> {
  readonly #controller = new AbortController();
  readonly #result: Promise<T>;
  #waiters = 0;
  #settled = false;

  constructor(work: (signal: AbortSignal) => Promise<T>) {
    this.#result = Promise.resolve()
      .then(() => work(this.#controller.signal))
      .finally(() => {
        this.#settled = true;
      });
    // Each waiter has its own view of the failure; with none left, nobody needs to hear of it.
    this.#result.catch(() => undefined);
  }

  /** True once everybody has left unfinished work: it is about to fail, and nobody should join. */
  get isAbandoned(): boolean {
    return this.#controller.signal.aborted;
  }

  /** Resolves when the work has come to its end, whatever that was. */
  async ended(): Promise<void> {
    await this.#result.catch(() => undefined);
  }

  /** @throws what the work throws; TransientError `FetchFailed` as soon as the signal aborts */
  async join(signal: AbortSignal): Promise<T> {
    this.#waiters += 1;
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const leave = (): void => {
      reject(
        new TransientError('FetchFailed', 'stopped waiting: the controller is ending or has other work'),
      );
    };
    signal.addEventListener('abort', leave, { once: true });
    if (signal.aborted) leave();
    this.#result.then(resolve, reject);
    try {
      return await promise;
    } finally {
      signal.removeEventListener('abort', leave);
      this.#waiters -= 1;
      if (this.#waiters === 0 && !this.#settled) this.#controller.abort();
    }
  }
}

/** At most one call for each key at a time; who asks while it runs gets its result. */
export class SingleFlight<T> {
  readonly #calls = new Map<string, SharedCall<T>>();

  run(key: string, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const running = this.#calls.get(key);
    if (running?.isAbandoned === false) return running.join(signal);
    const call: SharedCall<T> = new SharedCall<T>((shared) =>
      work(shared).finally(() => {
        if (this.#calls.get(key) === call) this.#calls.delete(key);
      }),
    );
    this.#calls.set(key, call);
    return call.join(signal);
  }
}
