// Objects of a bare repository, one after the other, through one `cat-file --batch`.
import { TransientError } from '../errors.ts';
import { memoryFailure } from './git-memory.ts';
import type { GitProcess, GitRunner } from './git-process.ts';

const MAX_HEADER_BYTES = 4 * 1024;
const LINE_FEED = 0x0a;

export interface ObjectReader {
  /** The content of a blob. One at a time; must be read to its end before the next. */
  read(id: string): AsyncIterable<Uint8Array>;
  /** What kind of object the name stands for; undefined when it stands for none. */
  typeOf(name: string): Promise<string | undefined>;
}

interface Header {
  readonly type: string;
  readonly size: number;
}

/** @param name holds no line feed */
export class GitObjects implements ObjectReader, AsyncDisposable {
  readonly #process: GitProcess;
  readonly #output: AsyncGenerator<Buffer, void, undefined>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(git: GitRunner, { gitDir, signal }: { readonly gitDir: string; readonly signal: AbortSignal }) {
    this.#process = git.start({ args: ['cat-file', '--batch'], gitDir, signal });
    this.#output = this.#process.output();
  }

  async *read(id: string): AsyncGenerator<Uint8Array, void, undefined> {
    const header = await this.#ask(id);
    if (header?.type !== 'blob')
      throw new TransientError('FetchFailed', `git has no content for the object ${id}`);
    yield* this.#content(header.size);
  }

  async typeOf(name: string): Promise<string | undefined> {
    const header = await this.#ask(name);
    if (header === undefined) return undefined;
    const content = this.#content(header.size);
    while ((await content.next()).done !== true);
    return header.type;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
  }

  async #ask(name: string): Promise<Header | undefined> {
    this.#process.stdin.write(`${name}\n`);
    const line = await this.#line();
    const [, type, size] = /^[0-9a-f]+ ([a-z]+) ([0-9]+)$/.exec(line) ?? [];
    return type === undefined ? undefined : { type, size: Number(size) };
  }

  async *#content(size: number): AsyncGenerator<Buffer, void, undefined> {
    let left = size;
    while (left > 0) {
      if (this.#rest.length === 0) await this.#more();
      const chunk = this.#rest.subarray(0, left);
      this.#rest = this.#rest.subarray(chunk.length);
      left -= chunk.length;
      yield chunk;
    }
    if (this.#rest.length === 0) await this.#more();
    this.#rest = this.#rest.subarray(1);
  }

  async #line(): Promise<string> {
    for (;;) {
      const end = this.#rest.indexOf(LINE_FEED);
      if (end !== -1) {
        const line = this.#rest.subarray(0, end).toString('utf8');
        this.#rest = this.#rest.subarray(end + 1);
        return line;
      }
      if (this.#rest.length > MAX_HEADER_BYTES)
        throw new TransientError('FetchFailed', 'git answered without end');
      await this.#more();
    }
  }

  async #more(): Promise<void> {
    const { value } = await this.#output.next();
    if (value === undefined) {
      // Says so when it never began.
      await this.#process.exit();
      const { stderr } = this.#process;
      const tooLarge = memoryFailure(stderr, 'the revision');
      if (tooLarge !== undefined) throw tooLarge;
      throw new TransientError('FetchFailed', `git ended in the middle of an answer: ${stderr}`);
    }
    this.#rest = this.#rest.length === 0 ? value : Buffer.concat([this.#rest, value]);
  }
}
