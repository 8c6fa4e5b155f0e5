// Waiting for the world instead of sleeping.
import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 50;

/**
 * Asks `probe` again and again until it answers something else than undefined or false, and returns that.
 * @throws Error after `timeoutMs` that says what was waited for, and what the last probe threw
 */
export async function waitFor<T>(
  what: string,
  probe: () => Promise<T | undefined | false> | T | undefined | false,
  timeoutMs = 30_000,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  let last: unknown;
  do {
    try {
      const found = await probe();
      if (found !== undefined && found !== false) {
        return found;
      }
      last = undefined;
    } catch (error) {
      last = error;
    }
    await delay(POLL_MS);
  } while (performance.now() < deadline);
  throw new Error(`waited ${timeoutMs / 1_000} s in vain for ${what}`, { cause: last });
}
