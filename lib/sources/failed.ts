// What failed last: the failure is everybody's, how long it stands is reckoned for each who asks by its own intervals.
import type { Clock } from '../clock.ts';
import { PermanentError, TransientError } from '../errors.ts';

export interface Failed {
  readonly error: TransientError | PermanentError;
  readonly time: Date;
  /** In a row. */
  readonly count: number;
  /** From -1 to 1, of the jitter that there may be. */
  readonly jitter: number;
}

/** Of one who asks; milliseconds. The back-off begins with the first, doubles each time, and ends with the second. */
export interface RetryIntervals {
  readonly retryIntervalMs: number;
  readonly intervalMs: number;
}

const JITTER = 0.1;

/** Undefined for an error that is none of ours: it is not about what was asked. */
export function failedAgain(
  before: Failed | undefined,
  error: unknown,
  { clock, random }: { readonly clock: Clock; readonly random: () => number },
): Failed | undefined {
  const isOurs = error instanceof TransientError || error instanceof PermanentError;
  if (!isOurs) return undefined;
  return { error, count: (before?.count ?? 0) + 1, jitter: 2 * random() - 1, time: clock.now() };
}

/** Until it is worth asking again; milliseconds, with 10 % of jitter. */
export function leftMs({ time, count, jitter }: Failed, intervals: RetryIntervals, now: Date): number {
  const { retryIntervalMs, intervalMs } = intervals;
  const cap = Math.max(intervalMs, retryIntervalMs);
  const delay = Math.min(retryIntervalMs * 2 ** Math.min(count - 1, 30), cap);
  return time.getTime() + delay * (1 + JITTER * jitter) - now.getTime();
}

/** The failure as it stands now: the same words, and in `retryAfterMs` how long until it is worth asking again. */
export function asItStands(failed: Failed, intervals: RetryIntervals, now: Date): Error {
  const { error } = failed;
  if (!(error instanceof TransientError)) return error;
  const retryAfterMs = Math.max(0, Math.ceil(leftMs(failed, intervals, now)));
  return new TransientError(error.reason, error.message, { cause: error, retryAfterMs });
}
