// What the controller holds at the end of each round, against what the same process held at the end of its first.
import { holdingsOf, type Holdings } from '../support/inspector.ts';
import { isWithin } from '../support/level.ts';
import { waitFor } from '../support/wait-for.ts';
import type { Parts } from './parts.ts';

/** Connections and timers of what has just ended go away by themselves; milliseconds. */
const LEVEL_MS = 60_000;

export class Ledger {
  /** In order. */
  readonly all: Holdings[] = [];
  #process: object | undefined;
  #first: Holdings | undefined;

  /** @throws Error when it does not come down to a level; then it grows */
  async note({ controller }: Parts): Promise<void> {
    if (controller === undefined) throw new Error('there is no controller to look into');
    const url = controller.inspector;
    const now = await holdingsOf(url);
    if (this.#process !== controller) [this.#process, this.#first] = [controller, now];
    const first = this.#first ?? now;
    let last = now;
    const isLevel = async (): Promise<boolean> => {
      last = await holdingsOf(url);
      return isWithin(first, last);
    };
    await waitFor('a level of what the controller holds', isLevel, LEVEL_MS).catch((error: unknown) => {
      const [before, after] = [JSON.stringify(first), JSON.stringify(last)];
      throw new Error(`${String(error)}: it held ${before}, and now ${after}`, { cause: error });
    });
    this.all.push(last);
  }
}
