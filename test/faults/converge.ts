// Waiting until a world is as it must be, or stays as it is.
import { setTimeout as delay } from 'node:timers/promises';
import { waitFor } from '../support/wait-for.ts';

/** A world that stays as it is for so long is the end of an undisturbed run: counts follow within two seconds. */
export const STEADY_MS = 2_600;

const POLL_MS = 100;

/** Undefined when the controller has ended by itself: then nothing is waited for any more. */
export type ReadWorld = () => Promise<string | undefined>;

/** @throws Error that says in what the last world differs */
export async function untilEqual(expected: string, read: ReadWorld, timeoutMs: number): Promise<void> {
  let last: string | undefined;
  const isOver = async (): Promise<boolean> => {
    last = await read();
    await delay(POLL_MS);
    return last === undefined || last === expected;
  };
  await waitFor('the world to be as without faults', isOver, timeoutMs).catch((error: unknown) => {
    throw new Error(`${describe(error)}: ${difference(expected, last ?? '')}`);
  });
  if (last === undefined) throw new EndedByItself();
}

/** The world once nothing changes any more and `isEnd` holds. @throws Error with the last one */
export async function untilSteady(read: ReadWorld, isEnd: () => boolean, timeoutMs: number): Promise<string> {
  let [last, since]: [string | undefined, number] = ['', performance.now()];
  const isOver = async (): Promise<boolean> => {
    const world = await read();
    if (world !== last || !isEnd()) since = performance.now();
    last = world;
    await delay(POLL_MS);
    return world === undefined || performance.now() - since > STEADY_MS;
  };
  await waitFor('an end of the undisturbed story', isOver, timeoutMs).catch((error: unknown) => {
    throw new Error(`${describe(error)}: ${last ?? ''}`);
  });
  if (last === undefined) throw new EndedByItself();
  return last;
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
