// What a command says, kept up to the cap that every runtime has.
import { PermanentError } from '../errors.ts';
import { MAX_OUTPUT_BYTES } from './runtime.ts';

export class CappedOutput {
  readonly #chunks: Buffer[] = [];
  #bytes = 0;

  /** @throws PermanentError `AnswerTooLong` for the chunk that is too much */
  push(chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > MAX_OUTPUT_BYTES) {
      this.#chunks.length = 0;
      throw new PermanentError('AnswerTooLong', `a command said more than ${MAX_OUTPUT_BYTES} bytes`);
    }
    this.#chunks.push(chunk);
  }

  toBuffer(): Buffer {
    return Buffer.concat(this.#chunks);
  }
}
