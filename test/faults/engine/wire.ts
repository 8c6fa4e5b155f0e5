// A wire to a Docker engine's socket that breaks, falls silent, ends early or carries noise at a given byte of all it carries.
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** `Up`: what the client sends; `Down`: what the engine sends. */
export type Way = 'Up' | 'Down';

export interface Trouble {
  /**
   * `Drop`: both ends are cut off. `End`: that side ends in order. `Silence`: nothing more arrives, and nothing says so.
   * `Noise`: other bytes arrive instead.
   */
  readonly kind: 'Drop' | 'End' | 'Silence' | 'Noise';
  readonly way: Way;
  /** So many bytes, of all connections together, arrive before; head and body of each request and answer count. */
  readonly after: number;
}

const NOISE = 0xa5;

/** So long after it has said its last word into silence a client has given up, and its connection goes at both ends; milliseconds. */
const GIVEN_UP_MS = 4_000;

export class Wire {
  /** What has been carried since it was mended. */
  readonly carried: Record<Way, number> = { Up: 0, Down: 0 };
  readonly #engine: string;
  readonly #server: Server;
  readonly #open = new Set<Socket>();
  #trouble: Trouble | undefined;

  private constructor(engine: string) {
    this.#engine = engine;
    this.#server = createServer({ allowHalfOpen: true }, (client) => {
      this.#join(client);
    });
  }

  /** @param socket where it listens @param engine the path of the engine's own socket */
  static async start(socket: string, engine: string): Promise<Wire> {
    const wire = new Wire(engine);
    wire.#server.listen(socket);
    await once(wire.#server, 'listening');
    return wire;
  }

  /** From now on, counted anew; undefined: all is well. */
  breakAt(trouble: Trouble | undefined): void {
    this.carried.Up = this.carried.Down = 0;
    this.#trouble = trouble;
  }

  async close(): Promise<void> {
    for (const socket of this.#open) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #join(client: Socket): void {
    const engine = connect({ path: this.#engine, allowHalfOpen: true });
    const both = [client, engine];
    const drop = (): void => {
      for (const socket of both) socket.destroy();
    };
    for (const socket of both) {
      this.#open.add(socket);
      socket.on('error', drop).once('close', () => {
        this.#open.delete(socket);
        drop();
      });
    }
    this.#carry('Up', client, engine, drop);
    this.#carry('Down', engine, client, drop);
  }

  #carry(way: Way, from: Socket, to: Socket, drop: () => void): void {
    const isSilent = (): boolean => this.#isMet(way) && this.#trouble?.kind !== 'Noise';
    from.on('data', (chunk: Buffer) => {
      const room = this.#roomOf(way, chunk.length);
      this.carried[way] += chunk.length;
      if (room > 0 && !to.write(chunk.subarray(0, room))) {
        from.pause();
        to.once('drain', () => from.resume());
      }
      if (room === chunk.length) return;
      if (this.#trouble?.kind === 'Drop') drop();
      else if (this.#trouble?.kind === 'End') to.end();
      else if (this.#trouble?.kind === 'Noise') to.write(chunk.subarray(room).map((byte) => byte ^ NOISE));
    });
    from.once('end', () => {
      if (isSilent()) setTimeout(drop, GIVEN_UP_MS).unref();
      else if (to.writable) to.end();
    });
  }

  /** How much of what comes now still arrives as it is. */
  #roomOf(way: Way, bytes: number): number {
    if (this.#trouble?.way !== way) return bytes;
    return Math.min(bytes, Math.max(0, this.#trouble.after - this.carried[way]));
  }

  #isMet(way: Way): boolean {
    return this.#trouble?.way === way && this.carried[way] > this.#trouble.after;
  }
}
