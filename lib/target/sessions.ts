// One session per workspace, shared by every object that lives in it.
import type { Runtime } from '../runtimes/runtime.ts';
import type { Session } from './target.ts';

export interface Reached {
  readonly session: Session;
  /** Another value than last time: the workspace was replaced or started again, so nothing seen before counts. */
  readonly instance: string;
}

interface Entry<Spec> {
  readonly spec: Spec;
  readonly place: string;
  readonly runtime: Runtime;
  readonly watch: Disposable | undefined;
  /** One for all runs of the workspace: two at once would refuse each other's commands. */
  session: Session | undefined;
  probing: Promise<Reached> | undefined;
  reached: Reached | undefined;
}

/** Opens runtimes and keeps their sessions. `Spec` is what the registry of runtimes takes; equal JSON means the same place. */
export class Sessions<Spec> {
  readonly #open: (spec: Spec) => Runtime;
  readonly #start: (runtime: Runtime, spec: Spec) => Session;
  readonly #onChange: (key: string) => void;
  readonly #entries = new Map<string, Entry<Spec>>();

  /** @param onChange told the key of a workspace that may have been started, stopped or replaced */
  constructor(
    open: (spec: Spec) => Runtime,
    start: (runtime: Runtime, spec: Spec) => Session,
    onChange: (key: string) => void = () => undefined,
  ) {
    this.#open = open;
    this.#start = start;
    this.#onChange = onChange;
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

  /** How it was last reached for; undefined before the first time. */
  specOf(key: string): Spec | undefined {
    return this.#entries.get(key)?.spec;
  }

  /** The workspace object is gone. */
  drop(key: string): void {
    this.#entries.get(key)?.watch?.[Symbol.dispose]();
    this.#entries.delete(key);
  }

  /** All is over: no workspace is watched any more. */
  close(): void {
    for (const key of [...this.#entries.keys()]) this.drop(key);
  }

  #entry(key: string, spec: Spec): Entry<Spec> {
    const place = JSON.stringify(spec);
    const known = this.#entries.get(key);
    if (known?.place === place) return known;
    this.drop(key);
    const runtime = this.#open(spec);
    const watch = runtime.watch?.(() => {
      this.#onChange(key);
    });
    const entry: Entry<Spec> = {
      ...{ spec, place, runtime, watch },
      ...{ session: undefined, probing: undefined, reached: undefined },
    };
    this.#entries.set(key, entry);
    return entry;
  }

  async #probe(entry: Entry<Spec>): Promise<Reached> {
    const { reached } = entry;
    // A workspace that could not be reached may be another one since: nothing seen before counts.
    entry.reached = undefined;
    const { instance } = await entry.runtime.probe(AbortSignal.timeout(PROBE_TIMEOUT_MS));
    entry.reached =
      reached?.instance === instance
        ? reached
        : { session: this.#sessionIn(entry, instance, reached), instance };
    return entry.reached;
  }

  /** A run that its own restart has begun the session knows already, and what it has seen since counts. */
  #sessionIn(entry: Entry<Spec>, instance: string, before: Reached | undefined): Session {
    entry.session ??= this.#start(entry.runtime, entry.spec);
    if (before === undefined || entry.session.instance !== instance) entry.session.renew(instance);
    return entry.session;
  }
}

/** Longer than a restart, which is waited for; a runtime has a shorter limit of its own for the question. Milliseconds. */
const PROBE_TIMEOUT_MS = 90_000;
