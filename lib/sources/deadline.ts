// Work that ends: by itself, by its deadline, or because nobody wants it any more.
import { PermanentError, TransientError } from '../errors.ts';

/**
 * Runs the work with a signal that aborts with `signal`, or after `ms` milliseconds with a TransientError
 * `FetchFailed` that names `what`; the work may abort itself through the controller, with an error as the reason.
 */
export async function withDeadline<T>(
  { what, ms, signal }: { readonly what: string; readonly ms: number; readonly signal: AbortSignal },
  work: (controller: AbortController) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const end = (): void => {
    controller.abort(signal.reason);
  };
  const timer = setTimeout(() => {
    controller.abort(
      new TransientError('FetchFailed', `${what} took longer than ${Math.round(ms / 1000)} s`),
    );
  }, ms);
  signal.addEventListener('abort', end, { once: true });
  if (signal.aborted) end();
  try {
    return await work(controller);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
  }
}

/** Why work was aborted, as an error of ours. */
export function abortError(signal: AbortSignal): Error {
  const reason: unknown = signal.reason;
  if (reason instanceof PermanentError || reason instanceof TransientError) return reason;
  return new TransientError('FetchFailed', 'stopped before it was finished');
}
