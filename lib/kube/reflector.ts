// Keeps the local copy of one kind by list and watch, and recovers from whatever interrupts them.
import type { Clock } from '../clock.ts';
import { sleepUnlessAborted } from '../deadline.ts';
import { TransientError, messageOf } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { backoffMs } from '../reconcile/backoff.ts';
import type { Cache, KubeClient, KubeObject, ObjectName, Resource, WatchEvent } from './kube.ts';
import { Store, type Change } from './store.ts';

const PAGE_LIMIT = 500;

/** Between failures; milliseconds. */
const BACKOFF_BASE_MS = 250;
const BACKOFF_CAP_MS = 30_000;

/** A watch that lasted this long counts as a success even when nothing happened; milliseconds. */
const STEADY_MS = 5_000;

/** A watch that ends in order after this long is followed by a list, which finds what a watch should have told. */
const RELIST_AFTER_MS = 30 * 60_000;

export interface ReflectorConfig<T extends KubeObject> {
  readonly client: KubeClient;
  readonly resource: Resource<T>;
  /** Undefined: all namespaces. */
  readonly namespace?: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

export type Listener<T> = (change: Change<T>) => void;

export class Reflector<T extends KubeObject> implements Cache<T> {
  readonly #config: ReflectorConfig<T>;
  readonly #logger: Logger;
  readonly #store: Store<T>;
  readonly #listeners: Listener<T>[] = [];
  readonly #firstList = Promise.withResolvers<undefined>();
  /** When the last list was done, in milliseconds; undefined: one is due. */
  #listedAt: number | undefined;
  #failures = 0;
  /** Those who wait for a list that was not begun before they asked. */
  #waiting: readonly PromiseWithResolvers<undefined>[] = [];
  /** Aborted when a list is wanted at once. */
  #turn = new AbortController();

  constructor(config: ReflectorConfig<T>) {
    this.#config = config;
    this.#store = new Store<T>(config.resource.ownerOf?.bind(config.resource));
    this.#logger = config.logger.with({ resource: config.resource.plural, namespace: config.namespace });
  }

  get synced(): boolean {
    return this.#store.synced;
  }

  /** Resolves once the first list is complete; never rejects. */
  get whenSynced(): Promise<undefined> {
    return this.#firstList.promise;
  }

  get(name: ObjectName): T | undefined {
    return this.#store.get(name);
  }

  list(namespace?: string): readonly T[] {
    return this.#store.list(namespace);
  }

  listOf(owner: ObjectName): readonly T[] {
    return this.#store.listOf(owner);
  }

  wrote(object: T): void {
    this.#store.wrote(object);
  }

  /** The listener is told of every real change from then on, in order; it must not throw. */
  subscribe(listener: Listener<T>): void {
    this.#listeners.push(listener);
  }

  /** Resolves once a list that began after this moment is complete: whatever was written before it is known. Never rejects. */
  async renew(): Promise<void> {
    const done = Promise.withResolvers<undefined>();
    this.#waiting = [...this.#waiting, done];
    this.#turn.abort(new Error('a list is wanted at once'));
    await done.promise;
  }

  /** Lists and watches until the signal aborts; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const begun = this.#config.clock.now().getTime();
      this.#turn = new AbortController();
      const turn = AbortSignal.any([signal, this.#turn.signal]);
      try {
        if (this.#listedAt === undefined || this.#waiting.length > 0) await this.#list(turn);
        await this.#watch(turn);
      } catch (error) {
        await this.#recover(error, begun, turn);
      }
    }
  }

  async #list(signal: AbortSignal): Promise<void> {
    const { client, resource, namespace, clock } = this.#config;
    const scope = namespace === undefined ? {} : { namespace };
    const covered = this.#store.writes();
    const waiting = this.#waiting;
    const items: T[] = [];
    let page = await client.list(resource, { ...scope, limit: PAGE_LIMIT, signal });
    items.push(...page.items);
    while (page.next !== undefined) {
      page = await client.list(resource, { ...scope, limit: PAGE_LIMIT, next: page.next, signal });
      items.push(...page.items);
    }
    this.#listedAt = clock.now().getTime();
    this.#tell(this.#store.replace(items, page.resourceVersion, covered));
    this.#firstList.resolve(undefined);
    this.#waiting = this.#waiting.filter((one) => !waiting.includes(one));
    for (const one of waiting) one.resolve(undefined);
  }

  /** Returns when the watch ended in order and can go on from where it was; throws when only a list helps. */
  async #watch(signal: AbortSignal): Promise<void> {
    const { client, resource, namespace, clock } = this.#config;
    const scope = namespace === undefined ? {} : { namespace };
    const begun = clock.now().getTime();
    let events = 0;
    const request = { ...scope, resourceVersion: this.#store.position, signal };
    for await (const event of client.watch(resource, request)) {
      this.#take(event);
      this.#failures = 0;
      events += 1;
    }
    const now = clock.now().getTime();
    if (events === 0 && now - begun < STEADY_MS) {
      throw new TransientError('APIUnavailable', 'The watch ended at once.');
    }
    this.#failures = 0;
    if (this.#listedAt === undefined || now - this.#listedAt > RELIST_AFTER_MS) this.#listedAt = undefined;
  }

  #take(event: WatchEvent<T>): void {
    switch (event.type) {
      case 'ADDED':
      case 'MODIFIED':
        this.#tell(this.#store.apply(event.object));
        break;
      case 'DELETED':
        this.#tell(this.#store.delete(event.object));
        break;
      case 'BOOKMARK':
        this.#store.bookmark(event.resourceVersion);
        break;
    }
  }

  #tell(changes: readonly Change<T>[]): void {
    for (const change of changes) {
      for (const listener of this.#listeners) listener(change);
    }
  }

  /**
   * Waits a while; then a list follows, which is right after any failure, also when the server went back in time.
   * @param begun when what has failed was begun, in milliseconds
   */
  async #recover(error: unknown, begun: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    this.#listedAt = undefined;
    this.#failures += 1;
    const wanted = error instanceof TransientError ? (error.retryAfterMs ?? 0) : 0;
    const afterMs = Math.min(Math.max(this.#pauseMs(begun), wanted), BACKOFF_CAP_MS);
    const expired = error instanceof TransientError && error.reason === 'Expired';
    this.#logger[expired ? 'debug' : 'warn']('List and watch were interrupted; they begin again.', {
      error: messageOf(error),
      afterMs,
    });
    await sleepUnlessAborted(this.#config.clock, afterMs, signal);
  }

  /** A repeated attempt has waited already while it hung: deadline and pause together must not keep a view stale. */
  #pauseMs(begun: number): number {
    const [failures, baseMs, capMs] = [this.#failures, BACKOFF_BASE_MS, BACKOFF_CAP_MS];
    const ms = backoffMs({ failures, baseMs, capMs, random: Math.random });
    const spentMs = failures > 1 ? this.#config.clock.now().getTime() - begun : 0;
    return Math.max(BACKOFF_BASE_MS / 2, ms - spentMs);
  }
}
