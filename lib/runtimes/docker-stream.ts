// The multiplexed stream of a command in a container: frames of 8 bytes of head (kind, length) and their content.
import { TransientError } from '../errors.ts';
import { CappedOutput } from './output.ts';

const HEAD_BYTES = 8;
const [STDOUT, STDERR] = [1, 2];

/** Takes chunks as they come; what was said is complete only if `isWhole` at the end. */
export class FrameReader {
  readonly stdout = new CappedOutput();
  readonly stderr = new CappedOutput();
  readonly #head = Buffer.alloc(HEAD_BYTES);
  #headBytes = 0;
  #output: CappedOutput | undefined;
  #left = 0;

  /** True between two frames. */
  get isWhole(): boolean {
    return this.#left === 0 && this.#headBytes === 0;
  }

  /** @throws PermanentError `AnswerTooLong`; TransientError `WorkspaceUnreachable` for what is no frame */
  push(chunk: Buffer): void {
    let rest = chunk;
    while (rest.length > 0) rest = this.#left > 0 ? this.#takeContent(rest) : this.#takeHead(rest);
  }

  #takeContent(chunk: Buffer): Buffer {
    const content = chunk.subarray(0, this.#left);
    this.#left -= content.length;
    this.#output?.push(content);
    return chunk.subarray(content.length);
  }

  #takeHead(chunk: Buffer): Buffer {
    const taken = chunk.copy(this.#head, this.#headBytes);
    this.#headBytes += taken;
    if (this.#headBytes === HEAD_BYTES) {
      this.#output = this.#outputOf(this.#head[0] ?? 0);
      this.#left = this.#head.readUInt32BE(4);
      this.#headBytes = 0;
    }
    return chunk.subarray(taken);
  }

  #outputOf(kind: number): CappedOutput {
    if (kind === STDOUT) return this.stdout;
    if (kind === STDERR) return this.stderr;
    const said = this.#head.toString('latin1').replace(/[^ -~]/g, '?');
    throw new TransientError('WorkspaceUnreachable', `the Docker engine sent no frame of output: ${said}`);
  }
}
