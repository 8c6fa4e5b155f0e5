// The line between one client and the API server: what becomes of each request, and of each line of each watch.
import type { ServerResponse } from 'node:http';
import { PASS, type Fate } from '../fate.ts';

/** A request as the client sends it. */
export interface Asked {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly isWatch: boolean;
}

/** A watch that is open between the client and us. */
export class OpenWatch {
  readonly #answer: ServerResponse;
  readonly #line: Line;
  #rest = '';
  #isFrozen = false;

  constructor(answer: ServerResponse, line: Line) {
    this.#answer = answer;
    this.#line = line;
  }

  /** Takes what the server sends, as it comes. */
  take(chunk: Buffer): void {
    const lines = (this.#rest + chunk.toString('utf8')).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const text of lines.flatMap((one) => this.#line.onEvent(this.#line.shown(one)))) this.send(text);
  }

  /** Sends an event. */
  send(text: string): void {
    if (!this.#isFrozen && this.#line.watches.has(this)) this.#answer.write(`${text}\n`);
  }

  /** Nothing is sent any more, and nothing says so. */
  freeze(): void {
    this.#isFrozen = true;
  }

  get isFrozen(): boolean {
    return this.#isFrozen;
  }

  /** Ends in order. */
  end(): void {
    this.#line.watches.delete(this);
    this.#answer.end();
  }

  /** Ends in the middle of an event. */
  cut(): void {
    this.#line.watches.delete(this);
    this.#answer.end('{"type":"MODIFIED","object":{"metad');
  }

  reset(): void {
    this.#line.watches.delete(this);
    this.#answer.socket?.resetAndDestroy();
  }
}

export class Line {
  onRequest: (asked: Asked) => Fate | Promise<Fate> = () => PASS;
  /** What the client gets in place of one event of a watch. */
  onEvent: (text: string) => readonly string[] = (text) => [text];
  /** Told of each write and what the server said to it, as JSON. */
  onWritten: (asked: Asked, code: number, body: string, answer: string) => void = () => undefined;
  /** Larger pages than this are not asked for. */
  pageLimit = 500;
  readonly watches = new Set<OpenWatch>();
  /** The most watches that were open at once. */
  mostWatches = 0;
  /** Requests that get no answer. */
  hung = 0;
  /** Added to every version that the client is shown. */
  versionShift = 0n;

  /** All is well again; connections that are dead stay dead. */
  heal(): void {
    this.onRequest = () => PASS;
    this.onEvent = (text) => [text];
  }

  opened(watch: OpenWatch): void {
    this.watches.add(watch);
    this.mostWatches = Math.max(this.mostWatches, this.watches.size);
  }

  /** As the client is shown it. */
  shown(text: string): string {
    return this.#shifted(text, this.versionShift);
  }

  /** As the server knows it. */
  meant(text: string): string {
    return this.#shifted(text, -this.versionShift);
  }

  #shifted(text: string, by: bigint): string {
    if (by === 0n) return text;
    return text.replace(
      /("resourceVersion":"|resourceVersion=)(\d+)/g,
      (_, before: string, version: string) => {
        const moved = BigInt(version) + by;
        return `${before}${moved < 0n ? 0n : moved}`;
      },
    );
  }
}
