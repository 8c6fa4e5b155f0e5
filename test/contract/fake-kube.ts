// An API server in memory: a KubeClient that passes the contract suite, and the hands of everybody else in the cluster.
import { randomUUID } from 'node:crypto';
import { systemClock, type Clock } from '../../lib/clock.ts';
import { PermanentError, TransientError } from '../../lib/errors.ts';
import type { KubeClient, KubeObject, ObjectName, Page, Resource, WatchEvent } from '../../lib/kube/kube.ts';
import { apiVersionOf, keyOf, pathOf } from '../../lib/kube/names.ts';
import { toSeconds } from '../../lib/reconcile/conditions.ts';
import {
  created,
  isFinished,
  isIn,
  marked,
  patched,
  reported,
  withVersion,
  type Stored,
} from './fake-objects.ts';

/** One request of the client under test. */
export interface FakeCall {
  readonly verb: 'list' | 'watch' | 'get' | 'create' | 'patch' | 'update' | 'delete';
  readonly kind: string;
  /** `namespace/name`, or the namespace of a collection. */
  readonly object: string;
  readonly subresource?: 'status';
}

interface LoggedEvent {
  readonly path: string;
  readonly version: bigint;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: Stored;
}

interface OpenWatch {
  /** Events that are to be sent besides those of the log. */
  readonly bookmarks: string[];
  ended: boolean;
  error: Error | undefined;
  wake: () => void;
}

/** Versions before the first one are too old to watch from, as on a server that has been running for a while. */
const FIRST_VERSION = 1_000n;

export class FakeKube implements KubeClient {
  /** Called before each request of the client; what it throws is what the client gets. */
  intercept: (call: FakeCall) => void | Promise<void> = () => undefined;
  readonly calls: FakeCall[] = [];

  readonly #clock: Clock;
  readonly #objects = new Map<string, Stored>();
  readonly #watches = new Set<OpenWatch>();
  /** One event for each version after `oldest`. */
  #log: LoggedEvent[] = [];
  #version = FIRST_VERSION;
  #oldest = FIRST_VERSION;

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  /** Requests that change something. */
  get writes(): readonly FakeCall[] {
    return this.calls.filter(({ verb }) => verb !== 'list' && verb !== 'watch' && verb !== 'get');
  }

  get openWatches(): number {
    return this.#watches.size;
  }

  get version(): string {
    return String(this.#version);
  }

  /** Creates or replaces an object as it is given, status included, as another client; returns what is stored. */
  put<T extends KubeObject>(
    resource: Resource<T>,
    object: { readonly metadata: ObjectName & Readonly<Record<string, unknown>> } & Readonly<
      Record<string, unknown>
    >,
  ): T {
    const { metadata, status } = object;
    if (this.#objects.has(pathOf(resource, metadata)))
      return this.#change(resource, metadata, (known) => reported(patched(known, object), status));
    return this.#answer(resource, this.#store(resource, this.#made(resource, object, status), 'ADDED'));
  }

  /** Deletes as another client: at once, or by a deletionTimestamp while finalizers hold it back. */
  remove(resource: Resource<KubeObject>, name: ObjectName): void {
    this.#change(resource, name, (known) => marked(known, this.#now()));
  }

  /** The object as it is stored now. */
  read<T extends KubeObject>(resource: Resource<T>, name: ObjectName): T | undefined {
    const known = this.#objects.get(pathOf(resource, name));
    return known === undefined ? undefined : this.#answer(resource, known);
  }

  /** Forgets history: a watch from before this moment is answered with `Expired`. */
  compact(): void {
    this.#log = [];
    this.#oldest = this.#version;
  }

  /** Ends every open watch, in order or with an error. */
  endWatches(error?: Error): void {
    for (const watch of this.#watches) {
      watch.ended = error === undefined;
      watch.error = error;
      watch.wake();
    }
  }

  sendBookmarks(version = this.version): void {
    for (const watch of this.#watches) {
      watch.bookmarks.push(version);
      watch.wake();
    }
  }

  async list<T extends KubeObject>(
    resource: Resource<T>,
    request: {
      readonly namespace?: string;
      readonly limit: number;
      readonly next?: string;
      readonly signal: AbortSignal;
    },
  ): Promise<Page<T>> {
    await this.#begin({ verb: 'list', kind: resource.kind, object: request.namespace ?? '' }, request.signal);
    const { namespace, limit, next = '' } = request;
    const rest = [...this.#objects]
      .filter(([path, object]) => path > next && isIn(resource, namespace, object))
      .sort(([a], [b]) => (a < b ? -1 : 1));
    const page = rest.slice(0, limit);
    return {
      resourceVersion: this.version,
      items: page.map(([, object]) => this.#answer(resource, object)),
      next: rest.length > limit ? page.at(-1)?.[0] : undefined,
    };
  }

  async *watch<T extends KubeObject>(
    resource: Resource<T>,
    request: { readonly namespace?: string; readonly resourceVersion: string; readonly signal: AbortSignal },
  ): AsyncIterable<WatchEvent<T>> {
    const { namespace, signal } = request;
    await this.#begin({ verb: 'watch', kind: resource.kind, object: namespace ?? '' }, signal);
    let position = BigInt(request.resourceVersion);
    const watch: OpenWatch = { bookmarks: [], ended: false, error: undefined, wake: () => undefined };
    const onAbort = (): void => {
      watch.wake();
    };
    signal.addEventListener('abort', onAbort, { once: true });
    this.#watches.add(watch);
    try {
      for (;;) {
        const { promise, resolve } = Promise.withResolvers<undefined>();
        watch.wake = () => {
          resolve(undefined);
        };
        signal.throwIfAborted();
        if (watch.error !== undefined) throw watch.error;
        if (position < this.#oldest) throw tooOld(position);
        const seen = this.#version;
        const news = this.#log.slice(Number(position - this.#oldest));
        for (const { type, object } of news.filter((event) => isIn(resource, namespace, event.object))) {
          yield { type, object: this.#answer(resource, object) };
        }
        position = seen;
        if (position !== this.#version) continue;
        for (const version of watch.bookmarks.splice(0)) yield { type: 'BOOKMARK', resourceVersion: version };
        if (watch.ended) return;
        await promise;
      }
    } finally {
      signal.removeEventListener('abort', onAbort);
      this.#watches.delete(watch);
    }
  }

  async get<T extends KubeObject>(
    resource: Resource<T>,
    name: ObjectName,
    signal: AbortSignal,
  ): Promise<T | undefined> {
    await this.#begin({ verb: 'get', kind: resource.kind, object: keyOf(name) }, signal);
    return this.read(resource, name);
  }

  async create<T extends KubeObject>(
    resource: Resource<T>,
    namespace: string,
    object: object,
    signal: AbortSignal,
  ): Promise<T> {
    const made = this.#made(resource, object, undefined, namespace);
    await this.#begin({ verb: 'create', kind: resource.kind, object: keyOf(made.metadata) }, signal);
    if (this.#objects.has(pathOf(resource, made.metadata))) {
      throw new TransientError('Conflict', `There is a ${resource.kind} ${keyOf(made.metadata)} already.`);
    }
    return this.#answer(resource, this.#store(resource, made, 'ADDED'));
  }

  async patch<T extends KubeObject>(
    resource: Resource<T>,
    name: ObjectName,
    { patch, signal }: { readonly patch: object; readonly signal: AbortSignal },
  ): Promise<T> {
    await this.#begin({ verb: 'patch', kind: resource.kind, object: keyOf(name) }, signal);
    return this.#change(resource, name, (known) => patched(known, overTheWire(patch)));
  }

  async updateStatus<T extends KubeObject>(
    resource: Resource<T>,
    { metadata }: T,
    { status, signal }: { readonly status: object; readonly signal: AbortSignal },
  ): Promise<T> {
    const call = { verb: 'update', kind: resource.kind, object: keyOf(metadata) } as const;
    await this.#begin({ ...call, subresource: 'status' }, signal);
    return this.#change(resource, metadata, (known) => reported(known, overTheWire(status), metadata));
  }

  async delete(
    resource: Resource<KubeObject>,
    name: ObjectName,
    { uid, signal }: { readonly uid: string; readonly signal: AbortSignal },
  ): Promise<void> {
    await this.#begin({ verb: 'delete', kind: resource.kind, object: keyOf(name) }, signal);
    const known = this.#objects.get(pathOf(resource, name));
    if (known === undefined) return;
    if (known.metadata.uid !== uid) {
      throw new TransientError('Conflict', `${keyOf(name)} has another uid by now.`);
    }
    this.remove(resource, name);
  }

  async #begin(call: FakeCall, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.calls.push(call);
    await this.intercept(call);
    signal.throwIfAborted();
  }

  #made(resource: Resource<KubeObject>, object: object, status: unknown, namespace?: string): Stored {
    const made = created(object, {
      apiVersion: apiVersionOf(resource),
      kind: resource.kind,
      uid: randomUUID(),
      creationTimestamp: this.#now(),
      ...(namespace === undefined ? {} : { namespace }),
    });
    return status === undefined ? made : { ...made, status };
  }

  #change<T extends KubeObject>(
    resource: Resource<T>,
    name: ObjectName,
    change: (known: Stored) => Stored,
  ): T {
    const known = this.#objects.get(pathOf(resource, name));
    if (known === undefined)
      throw new PermanentError('NotFound', `There is no ${resource.kind} ${keyOf(name)}.`);
    const next = change(known);
    if (next === known) return this.#answer(resource, known);
    return this.#answer(resource, this.#store(resource, next, isFinished(next) ? 'DELETED' : 'MODIFIED'));
  }

  #store(resource: Resource<KubeObject>, object: Stored, type: LoggedEvent['type']): Stored {
    this.#version += 1n;
    const stored = withVersion(object, this.version);
    const path = pathOf(resource, stored.metadata);
    if (type === 'DELETED') this.#objects.delete(path);
    else this.#objects.set(path, stored);
    this.#log.push({ path, version: this.#version, type, object: stored });
    for (const watch of this.#watches) watch.wake();
    return stored;
  }

  /** A copy, as over a wire. */
  #answer<T extends KubeObject>(_: Resource<T>, object: Stored): T {
    return structuredClone(object) as KubeObject as T;
  }

  #now(): string {
    return toSeconds(this.#clock.now());
  }
}

function overTheWire(value: object): object {
  return JSON.parse(JSON.stringify(value)) as object;
}

function tooOld(version: bigint): TransientError {
  return new TransientError('Expired', `Version ${version} is too old.`);
}
