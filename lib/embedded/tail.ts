// The end of what a program said, in bounded memory.

export const TAIL_BYTES = 16 * 1024;

export class Tail {
  #chunks: Buffer[] = [];
  #bytes = 0;

  add(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes > 4 * TAIL_BYTES) {
      const kept = this.#last();
      this.#chunks = [kept];
      this.#bytes = kept.length;
    }
  }

  text(): string {
    return this.#last().toString('utf8');
  }

  #last(): Buffer {
    return Buffer.from(Buffer.concat(this.#chunks).subarray(-TAIL_BYTES));
  }
}
