// How long to wait after failures: exponential, capped, with jitter so that many who fail together do not return together.

/**
 * Milliseconds before the next attempt: doubles from `baseMs` with each failure up to `capMs`; the upper half of it
 * is random.
 * @param failures how many in a row; at least 1
 * @param random uniform in [0, 1)
 */
export function backoff(failures: number, baseMs: number, capMs: number, random: () => number): number {
  const full = Math.min(capMs, baseMs * 2 ** (Math.max(failures, 1) - 1));
  return Math.round(full / 2 + (full / 2) * random());
}
