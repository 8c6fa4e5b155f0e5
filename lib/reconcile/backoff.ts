// How long to wait after failures: exponential, capped, with jitter so that many who fail together do not return together.

export interface Backoff {
  /** How many in a row; at least 1. */
  readonly failures: number;
  readonly baseMs: number;
  readonly capMs: number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** Milliseconds before the next attempt: doubles from the base with each failure up to the cap; half of it is random. */
export function backoffMs({ failures, baseMs, capMs, random }: Backoff): number {
  const full = Math.min(capMs, baseMs * 2 ** (Math.max(failures, 1) - 1));
  return Math.round(full / 2 + (full / 2) * random());
}
