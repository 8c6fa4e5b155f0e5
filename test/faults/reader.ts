// An agent that reads a plugin all along and remembers every state it was found in.
import type { LiveTree, TreeState } from './tree.ts';

/** Between two passes; milliseconds. */
const PAUSE_MS = 20;

export class Reader {
  readonly #tree: LiveTree;
  readonly #seen = new Map<TreeState, number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(tree: LiveTree) {
    this.#tree = tree;
    this.#timer = setInterval(() => {
      this.read();
    }, PAUSE_MS);
  }

  /** How often each state was seen. */
  get seen(): ReadonlyMap<TreeState, number> {
    return this.#seen;
  }

  read(): TreeState | undefined {
    const state = this.#tree.read();
    if (state !== undefined) this.#seen.set(state, (this.#seen.get(state) ?? 0) + 1);
    return state;
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
