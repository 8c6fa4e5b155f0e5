// Waiting until a world is as it must be, or stays as it is.
import { waitFor } from '../support/wait-for.ts';
import type { ControllerProcess } from './controller-process.ts';

/** A world that stays as it is for so long is the end of an undisturbed run: counts follow within two seconds. */
export const STEADY_MS = 2_600;

/** Undefined when the controller has ended by itself: then nothing is waited for any more. */
export type ReadWorld = () => string | undefined;

/** @throws Error that says in what the last world differs */
export async function untilEqual(expected: string, read: ReadWorld, timeoutMs: number): Promise<void> {
  const seen = { world: '' };
  await waitUntil('the world to be as without faults', timeoutMs, () => {
    seen.world = readAlive(read);
    return seen.world === expected;
  }).catch((error: unknown) => {
    throw error instanceof EndedByItself
      ? error
      : new Error(`${describe(error)}: ${difference(expected, seen.world)}`);
  });
}

/** The world once nothing changes any more and `isEnd` holds. @throws Error with the last one */
export async function untilSteady(read: ReadWorld, isEnd: () => boolean, timeoutMs: number): Promise<string> {
  const seen = { world: '', since: performance.now() };
  await waitUntil('an end of the undisturbed story', timeoutMs, () => {
    const world = readAlive(read);
    if (world !== seen.world || !isEnd()) seen.since = performance.now();
    seen.world = world;
    return performance.now() - seen.since > STEADY_MS;
  }).catch((error: unknown) => {
    throw error instanceof EndedByItself ? error : new Error(`${describe(error)}: ${seen.world}`);
  });
  return seen.world;
}

/** Nothing has been called for so long, and nothing is under way. @throws EndedByItself when it is gone */
export async function untilCalm(
  controller: Pick<ControllerProcess, 'calls' | 'isIdle' | 'ended'>,
  ms: number,
  timeoutMs: number,
): Promise<void> {
  let [calls, since] = [0, performance.now()];
  const isCalm = (): boolean => {
    if (controller.ended !== undefined) throw new EndedByItself();
    const now = controller.calls.length;
    if (now !== calls || !controller.isIdle) since = performance.now();
    calls = now;
    return performance.now() - since > ms;
  };
  await waitUntil('calm', timeoutMs, isCalm);
}

/** As `waitFor`, but a controller that is gone ends the wait. */
export async function waitUntil(what: string, timeoutMs: number, isOver: () => boolean): Promise<void> {
  const { error } = await waitFor(
    what,
    () => {
      try {
        return isOver() && { error: undefined };
      } catch (caught) {
        if (caught instanceof EndedByItself) return { error: caught };
        throw caught;
      }
    },
    timeoutMs,
  );
  if (error !== undefined) throw error;
}

function readAlive(read: ReadWorld): string {
  const world = read();
  if (world === undefined) throw new EndedByItself();
  return world;
}

/** The controller is gone although nothing was to end it. */
export class EndedByItself extends Error {
  constructor() {
    super('the controller ended by itself');
  }
}

export function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message} (${describe(error.cause)})`;
}

/** The lines in which two worlds differ. */
function difference(expected: string, found: string): string {
  const [wanted, there] = [expected.split('\n'), found.split('\n')];
  const missing = wanted.filter((line) => !there.includes(line)).map((line) => `missing ${line.trim()}`);
  const extra = there.filter((line) => !wanted.includes(line)).map((line) => `found ${line.trim()}`);
  return [...missing, ...extra].join('; ').slice(0, 1_500);
}
