// An agent that reads a plugin all along and remembers every state it was found in.
import { readTree, type TreeState } from './tree.ts';

/** Between two passes; milliseconds. */
const PAUSE_MS = 20;

export class Reader {
  readonly #path: string;
  readonly #seen = new Map<TreeState, number>();
  #timer: NodeJS.Timeout | undefined;

  /** @param path the live folder, as this process sees it */
  constructor(path: string) {
    this.#path = path;
    this.#timer = setInterval(() => {
      this.read();
    }, PAUSE_MS);
  }

  /** How often each state was seen. */
  get seen(): ReadonlyMap<TreeState, number> {
    return this.#seen;
  }

  read(): TreeState | undefined {
    const state = readTree(this.#path);
    if (state !== undefined) this.#seen.set(state, (this.#seen.get(state) ?? 0) + 1);
    return state;
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
