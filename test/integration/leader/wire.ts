// A wire to the API server that can go dead: connections stay open, and nothing passes.
import { readFile, writeFile } from 'node:fs/promises';
import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';

const SERVER = /https:\/\/127\.0\.0\.1:(\d+)/;

export class Wire {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #isDead = false;

  private constructor(port: number) {
    this.#server = createServer((near) => {
      const far = connect(port, '127.0.0.1');
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
    const wire = new Wire(Number(SERVER.exec(text)?.[1]));
    await new Promise<void>((resolve) => {
      wire.#server.listen(0, '127.0.0.1', resolve);
    });
    const { port } = wire.#server.address() as AddressInfo;
    await writeFile(copy, text.replace(SERVER, `https://127.0.0.1:${port}`), { mode: 0o600 });
    return wire;
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
