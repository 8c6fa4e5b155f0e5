// One session per workspace, shared by every object that lives in it, for as long as the same run of it lasts.
import type { Runtime } from '../runtimes/runtime.ts';
import type { Session } from './target.ts';

export interface Reached {
  readonly session: Session;
  /** Another value than last time: the workspace was replaced or started again, so nothing seen before counts. */
  readonly instance: string;
}

interface Entry {
  readonly place: string;
  readonly runtime: Runtime;
  probing: Promise<Reached> | undefined;
  reached: Reached | undefined;
}

/** Opens runtimes and keeps their sessions. `Spec` is what the registry of runtimes takes; equal JSON means the same place. */
export class Sessions<Spec> {
  readonly #open: (spec: Spec) => Runtime;
  readonly #start: (runtime: Runtime) => Session;
  readonly #entries = new Map<string, Entry>();

  constructor(open: (spec: Spec) => Runtime, start: (runtime: Runtime) => Session) {
    this.#open = open;
    this.#start = start;
  }

  /**
   * Asks the workspace which run of it is there now; callers at the same time share the question.
   * @param key identifies the workspace object, also after it was made again
   * @throws whatever the runtime's `probe` throws
   */
  async reach(key: string, spec: Spec): Promise<Reached> {
    const entry = this.#entry(key, spec);
    entry.probing ??= this.#probe(entry).finally(() => {
      entry.probing = undefined;
    });
    return entry.probing;
  }

  /** The workspace object is gone. */
  drop(key: string): void {
    this.#entries.delete(key);
  }

  #entry(key: string, spec: Spec): Entry {
    const place = JSON.stringify(spec);
    const known = this.#entries.get(key);
    if (known?.place === place) return known;
    const entry: Entry = { place, runtime: this.#open(spec), probing: undefined, reached: undefined };
    this.#entries.set(key, entry);
    return entry;
  }

  async #probe(entry: Entry): Promise<Reached> {
    const { instance } = await entry.runtime.probe(AbortSignal.timeout(PROBE_TIMEOUT_MS));
    if (entry.reached?.instance !== instance) {
      entry.reached = { session: this.#start(entry.runtime), instance };
    }
    return entry.reached;
  }
}

const PROBE_TIMEOUT_MS = 10_000;
