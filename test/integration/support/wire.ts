// A wire to a server that can go dead: connections stay open and are taken, and nothing passes.
import { readFile, writeFile } from 'node:fs/promises';
import {
  createServer,
  connect,
  type AddressInfo,
  type ListenOptions,
  type Server,
  type Socket,
} from 'node:net';

const LOOPBACK = '127.0.0.1';
const SERVER = /https:\/\/127\.0\.0\.1:(\d+)/;

/** Where it ends: a port, or a socket in the file system. */
export type Target = { readonly host: string; readonly port: number } | { readonly path: string };

export class Wire {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #isDead = false;

  private constructor(target: Target) {
    this.#server = createServer({ allowHalfOpen: true }, (near) => {
      const far = connect({ ...target, allowHalfOpen: true });
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#sockets.add(from);
        from.on('error', () => to.destroy());
        from.on('close', () => {
          this.#sockets.delete(from);
          to.destroy();
        });
        from.pipe(to);
        if (this.#isDead) from.pause();
      }
    });
  }

  /** Writes a copy of the kubeconfig that leads over the wire. */
  static async lay(kubeconfig: string, copy: string): Promise<Wire> {
    const text = await readFile(kubeconfig, 'utf8');
    const wire = await Wire.to({ host: LOOPBACK, port: Number(SERVER.exec(text)?.[1]) });
    await writeFile(copy, text.replace(SERVER, `https://${LOOPBACK}:${wire.port}`), { mode: 0o600 });
    return wire;
  }

  /** @param from where it begins; default: a free port of 127.0.0.1 */
  static async to(target: Target, from: ListenOptions = { host: LOOPBACK, port: 0 }): Promise<Wire> {
    const wire = new Wire(target);
    await new Promise<void>((resolve) => {
      wire.#server.listen(from, resolve);
    });
    return wire;
  }

  /** At which it begins, where that is a port. */
  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  cut(): void {
    this.#isDead = true;
    for (const socket of this.#sockets) socket.pause();
  }

  mend(): void {
    this.#isDead = false;
    for (const socket of this.#sockets) socket.resume();
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
  }
}
