// How many talk with servers at once, in all and with one host: one that is silent leaves room for the others.
import pLimit, { type LimitFunction } from 'p-limit';
import { hostOf, showHost } from './host.ts';

export class Slots {
  readonly #all: LimitFunction;
  readonly #perHost: number;
  /** Of the hosts that somebody talks with, or waits for. */
  readonly #hosts = new Map<string, LimitFunction>();

  constructor({ atOnce, perHost }: { readonly atOnce: number; readonly perHost: number }) {
    this.#all = pLimit(atOnce);
    this.#perHost = perHost;
  }

  /** Works once the repository's host, and then all together, have room for it. */
  async run<T>(repository: string, work: () => Promise<T>): Promise<T> {
    const host = hostOf(repository);
    const name = host === undefined ? '' : showHost(host);
    const ofHost = this.#hosts.get(name) ?? pLimit(this.#perHost);
    this.#hosts.set(name, ofHost);
    try {
      return await ofHost(() => this.#all(work));
    } finally {
      if (ofHost.activeCount + ofHost.pendingCount === 0) this.#hosts.delete(name);
    }
  }
}
