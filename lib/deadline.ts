// A bound on one piece of work: aborts with its parent or when its time is over, and leaves nothing behind.
import type { Clock } from './clock.ts';

export interface Deadline extends Disposable {
  /** Aborts with the parent's reason, or with an Error that says how long was too long. */
  readonly signal: AbortSignal;
}

/**
 * Starts a deadline of `ms` milliseconds. Dispose it when the work is done (`using`): its timer and its listener on
 * the parent go with it.
 */
export function startDeadline(clock: Clock, ms: number, parent: AbortSignal): Deadline {
  const work = new AbortController();
  const timer = new AbortController();
  const onParentAbort = (): void => {
    work.abort(parent.reason);
  };
  if (parent.aborted) {
    onParentAbort();
  } else {
    parent.addEventListener('abort', onParentAbort, { once: true });
    clock.sleep(ms, timer.signal).then(
      () => {
        work.abort(new Error(`It took longer than ${ms} ms.`));
      },
      () => undefined, // disposed before it was due
    );
  }
  return {
    signal: work.signal,
    [Symbol.dispose]: () => {
      parent.removeEventListener('abort', onParentAbort);
      timer.abort();
    },
  };
}

/** Settles as the promise does, or rejects with the signal's reason when it aborts first; the promise is then ignored. */
export async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => {
    aborted.reject(signal.reason as Error);
  };
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** Resolves after `ms` milliseconds, or as soon as the signal aborts. */
export async function sleepUnlessAborted(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  try {
    await clock.sleep(ms, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
