// What was used a moment ago and is likely to be used again: no more of it than there is room for.

export interface RecentOptions<V> {
  /** How much all that is remembered may weigh together. */
  readonly room: number;
  readonly weigh: (value: V) => number;
}

/** The least recently used go first. */
export class Recent<K, V> {
  readonly #options: RecentOptions<V>;
  readonly #values = new Map<K, V>();
  #weight = 0;

  constructor(options: RecentOptions<V>) {
    this.#options = options;
  }

  get(key: K): V | undefined {
    const value = this.#values.get(key);
    if (value === undefined) return undefined;
    this.#values.delete(key);
    this.#values.set(key, value);
    return value;
  }

  keep(key: K, value: V): void {
    this.forget(key);
    this.#values.set(key, value);
    this.#weight += this.#options.weigh(value);
    for (const [oldest] of this.#values) {
      if (this.#weight <= this.#options.room) return;
      this.forget(oldest);
    }
  }

  forget(key: K): void {
    const value = this.#values.get(key);
    if (value === undefined) return;
    this.#weight -= this.#options.weigh(value);
    this.#values.delete(key);
  }
}
