// Which keys are due when: a binary heap, of which only the earliest time of a key counts.

interface Entry {
  readonly key: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

export class Delays {
  /** The one time that counts for a key; entries of the heap that say otherwise are stale. */
  readonly #times = new Map<string, number>();
  #heap: Entry[] = [];

  get size(): number {
    return this.#times.size;
  }

  /** The earliest of several times for one key wins. */
  set(key: string, at: number): void {
    const known = this.#times.get(key);
    if (known !== undefined && known <= at) return;
    this.#times.set(key, at);
    this.#push({ key, at });
  }

  delete(key: string): void {
    this.#times.delete(key);
    // Stale entries never outnumber the live ones for long, so that memory stays in proportion to the keys.
    if (this.#heap.length > 64 + 2 * this.#times.size) this.#rebuild();
  }

  /** When the next key is due; undefined when none waits. */
  earliest(): number | undefined {
    this.#dropStale();
    return this.#heap[0]?.at;
  }

  /** Takes out all keys that are due, the earliest first. */
  takeDue(now: number): readonly string[] {
    const due: string[] = [];
    for (let at = this.earliest(); at !== undefined && at <= now; at = this.earliest()) {
      const entry = this.#pop();
      if (entry === undefined) break;
      this.#times.delete(entry.key);
      due.push(entry.key);
    }
    return due;
  }

  #dropStale(): void {
    for (
      let top = this.#heap[0];
      top !== undefined && this.#times.get(top.key) !== top.at;
      top = this.#heap[0]
    ) {
      this.#pop();
    }
  }

  #rebuild(): void {
    this.#heap = [...this.#times].map(([key, at]) => ({ key, at })).sort((a, b) => a.at - b.at);
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let index = heap.push(entry) - 1;
    while (index > 0) {
      const up = (index - 1) >> 1;
      const parent = heap[up];
      if (parent === undefined || parent.at <= entry.at) break;
      heap[index] = parent;
      index = up;
    }
    heap[index] = entry;
  }

  #pop(): Entry | undefined {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return top;
    let index = 0;
    for (;;) {
      const child = this.#lesserChild(index);
      const entry = heap[child];
      if (entry === undefined || entry.at >= last.at) break;
      heap[index] = entry;
      index = child;
    }
    heap[index] = last;
    return top;
  }

  #lesserChild(index: number): number {
    const left = this.#heap[2 * index + 1];
    const right = this.#heap[2 * index + 2];
    return left !== undefined && right !== undefined && right.at < left.at ? 2 * index + 2 : 2 * index + 1;
  }
}
