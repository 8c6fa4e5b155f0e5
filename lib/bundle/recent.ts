// Small packed contents that were read a moment ago: a fleet gets the same ones, workspace after workspace.

const MAX_BYTES = 4 * 1024 * 1024;
const MAX_EACH = 64 * 1024;

/** Whole contents by name, the least recently used of which go first. */
export class RecentContents {
  readonly #contents = new Map<string, Uint8Array>();
  #bytes = 0;

  /** Whether one of this size is kept at all. */
  fits(bytes: number): boolean {
    return bytes <= MAX_EACH;
  }

  get(name: string): Uint8Array | undefined {
    const content = this.#contents.get(name);
    if (content === undefined) return undefined;
    this.#contents.delete(name);
    this.#contents.set(name, content);
    return content;
  }

  keep(name: string, content: Uint8Array): void {
    this.forget(name);
    this.#contents.set(name, content);
    this.#bytes += content.length;
    for (const [oldest] of this.#contents) {
      if (this.#bytes <= MAX_BYTES) return;
      this.forget(oldest);
    }
  }

  forget(name: string): void {
    this.#bytes -= this.#contents.get(name)?.length ?? 0;
    this.#contents.delete(name);
  }
}
