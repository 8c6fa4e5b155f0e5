// What is known of the repositories that are followed, within bounds: whoever has most is forgotten first.
import type { SharedCall } from '../bundle/shared-call.ts';
import type { Failed } from './failed.ts';
import type { RemoteRefs } from './remote-refs.ts';

export interface RefsAnswer {
  readonly refs: RemoteRefs;
  /** When the question was asked. */
  readonly time: Date;
}

export interface Watched {
  readonly answer?: RefsAnswer | undefined;
  readonly failed?: Failed | undefined;
  readonly running?: { readonly time: Date; readonly call: SharedCall<RefsAnswer> } | undefined;
}

/** Forgotten ones are asked again; the least recently asked are forgotten first. */
const MAX_REPOSITORIES = 1_000;
/** Some 300,000 refs: a thousand repositories with what is usual. */
const MAX_BYTES = 64 * 1024 * 1024;
/** A ref beside its characters: two strings and their place in a Map. */
const REF_BYTES = 128;

export class WatchedRepositories {
  /** By repository and credentials; least recently asked first. */
  readonly #watched = new Map<string, Watched>();
  readonly #bytes = new Map<string, number>();
  #total = 0;

  get(key: string): Watched {
    return this.#watched.get(key) ?? {};
  }

  put(key: string, watched: Watched): void {
    this.#watched.delete(key);
    this.#watched.set(key, watched);
    this.#weigh(key, watched.answer);
    for (const [name, { running }] of this.#watched) {
      if (this.#watched.size <= MAX_REPOSITORIES) break;
      if (running === undefined) this.#forget(name);
    }
    while (this.#total > MAX_BYTES) this.#lighten();
  }

  #forget(key: string): void {
    this.#watched.delete(key);
    this.#weigh(key, undefined);
  }

  /** Those with what is usual stay, however many with endless refs there are beside them. */
  #lighten(): void {
    const [heaviest] = [...this.#bytes].reduce((most, one) => (one[1] > most[1] ? one : most), ['', 0]);
    this.#watched.set(heaviest, { ...this.#watched.get(heaviest), answer: undefined });
    this.#weigh(heaviest, undefined);
  }

  #weigh(key: string, answer: RefsAnswer | undefined): void {
    const bytes = answer === undefined ? 0 : bytesOf(answer.refs);
    this.#total += bytes - (this.#bytes.get(key) ?? 0);
    if (bytes === 0) this.#bytes.delete(key);
    else this.#bytes.set(key, bytes);
  }
}

function bytesOf({ tags, branches }: RemoteRefs): number {
  let bytes = 0;
  for (const refs of [tags, branches]) {
    for (const [name, sha] of refs) bytes += name.length + sha.length + REF_BYTES;
  }
  return bytes;
}
