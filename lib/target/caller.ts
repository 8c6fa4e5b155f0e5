// One who waits for an answer of a session: aborting its signal detaches it, and nobody else.

export class Caller<T> {
  readonly promise: Promise<T>;
  readonly #settlers: PromiseWithResolvers<T>;
  readonly #signal: AbortSignal;
  readonly #leave: () => void;
  readonly #listeners: (() => void)[] = [];
  #isGone = false;

  constructor(signal: AbortSignal) {
    this.#settlers = Promise.withResolvers<T>();
    this.promise = this.#settlers.promise;
    this.#signal = signal;
    this.#leave = () => {
      this.#isGone = true;
      this.#settlers.reject(signal.reason);
      for (const listener of this.#listeners) listener();
    };
    signal.addEventListener('abort', this.#leave, { once: true });
  }

  /** True once the signal has aborted before an answer came. */
  get isGone(): boolean {
    return this.#isGone;
  }

  onGone(listener: () => void): void {
    this.#listeners.push(listener);
  }

  resolve(value: T): void {
    this.#signal.removeEventListener('abort', this.#leave);
    this.#settlers.resolve(value);
  }

  reject(error: unknown): void {
    this.#signal.removeEventListener('abort', this.#leave);
    this.#settlers.reject(error);
  }
}

/** Aborts once nobody waits any more; the function returned ends the watching. */
export function whenAllGone(
  callers: readonly { readonly isGone: boolean; onGone(listener: () => void): void }[],
  abort: AbortController,
): () => void {
  let isOver = false;
  for (const caller of callers) {
    caller.onGone(() => {
      if (!isOver && callers.every(({ isGone }) => isGone)) abort.abort();
    });
  }
  return () => {
    isOver = true;
  };
}
