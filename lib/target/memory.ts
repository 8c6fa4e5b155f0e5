// What a session remembers of its workspace, and until when that counts.
import type { Clock } from '../clock.ts';
import type { Found } from './exchange.ts';
import type { Listing, Look } from './target.ts';
import { JustTold } from './told.ts';

export class Memory {
  readonly #plugins = new Set<string>();
  readonly #looks = new Map<string, Look>();
  readonly #told = new JustTold();
  readonly #clock: Pick<Clock, 'now'>;
  #listing: Listing | undefined;
  /** Counts the times that the workspace was replaced or started again. */
  #era = 0;
  #instance: string | undefined;

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  /** All that were asked about and are not forgotten. */
  get plugins(): Iterable<string> {
    return this.#plugins;
  }

  get listing(): Listing | undefined {
    return this.#listing;
  }

  /** The run of the workspace that was there before all of this was seen; undefined: it is not known. */
  get instance(): string | undefined {
    return this.#instance;
  }

  look(plugin: string): Look | undefined {
    return this.#looks.get(plugin);
  }

  /** The plugins that were not there when they were looked at since then. */
  missing(since: Date): readonly string[] {
    return [...this.#looks]
      .filter(([, { time, plugin }]) => plugin.state === 'Absent' && time >= since)
      .map(([name]) => name);
  }

  /** What commands that had the workspace's lock have found of these a moment ago, where nothing speaks against it since. */
  justTold(plugins: readonly string[]): ReadonlyMap<string, Look> {
    return this.#told.looks(plugins, this.#clock.now());
  }

  /** From now on this plugin is among those looked at. */
  add(plugin: string): void {
    this.#plugins.add(plugin);
  }

  forget(plugin: string): void {
    this.#plugins.delete(plugin);
    this.#looks.delete(plugin);
  }

  /** What could not be looked at now may have changed: no older look answers for it. */
  clear(): void {
    this.#looks.clear();
    this.#listing = undefined;
    this.#told.forget();
  }

  /** The workspace was replaced or started again: what a command finds that runs now does not count either. */
  renew(instance: string | undefined): void {
    this.#era += 1;
    this.#instance = instance;
    this.clear();
  }

  /** For a command that begins now: what it finds counts only in the run of the workspace that it began in. */
  keeper(): (found: Found) => void {
    const era = this.#era;
    return (found) => {
      if (era === this.#era) this.#keep(found);
    };
  }

  #keep(found: Found): void {
    const { looks, listing } = found;
    this.#told.note(found);
    for (const [plugin, look] of looks) {
      if (this.#plugins.has(plugin)) this.#looks.set(plugin, look);
    }
    this.#listing = listing ?? this.#listing;
  }
}
