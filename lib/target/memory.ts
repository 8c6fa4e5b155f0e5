// What a session remembers of its workspace, and until when that counts.
import type { Found } from './exchange.ts';
import type { Listing, Look } from './target.ts';

export class Memory {
  readonly #plugins = new Set<string>();
  readonly #looks = new Map<string, Look>();
  #listing: Listing | undefined;
  /** Counts the times that the workspace was replaced or started again. */
  #era = 0;
  #instance: string | undefined;

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

  #keep({ looks, listing }: Found): void {
    for (const [plugin, look] of looks) {
      if (this.#plugins.has(plugin)) this.#looks.set(plugin, look);
    }
    this.#listing = listing ?? this.#listing;
  }
}
