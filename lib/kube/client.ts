// The Kubernetes API over HTTP: requests of our own, because each needs a deadline, a cap and our errors.
import { PermanentError, TransientError } from '../errors.ts';
import { ObjectMissingError, unreachable } from './failures.ts';
import { endWhenIdle, readLines } from './http.ts';
import type { KubeClient, KubeObject, ObjectName, Page, Resource, WatchEvent } from './kube.ts';
import { apiVersionOf, pathOf } from './names.ts';
import { readEvent, readObject, readPage } from './objects.ts';
import { Transport, type TransportConfig } from './transport.ts';

const DEFAULT_REQUEST_TIMEOUT_MS = 30_000;

/** The server ends a watch after once to twice this long, so that connections spread over its replicas again. */
const WATCH_SECONDS = 300;

/**
 * A watch on which nothing came for this long is ended, to be begun again; milliseconds. No half-open connection (of
 * which TCP cannot know behind a proxy) keeps a view stale for longer, and one request in half a minute is cheap.
 */
const WATCH_IDLE_MS = 30_000;

/** etcd takes no object over 1.5 MiB by default. */
const MAX_EVENT_BYTES = 8 * 1024 * 1024;

export interface KubeClientConfig extends Pick<
  TransportConfig,
  'kubeconfig' | 'inClusterServer' | 'userAgent'
> {
  /** Deadline of each call, and of a watch's first answer; default 30,000. */
  readonly requestTimeoutMs?: number;
  /** Default 30,000. */
  readonly watchIdleMs?: number;
  /** Told of each answer, for metrics. */
  readonly onAnswer?: TransportConfig['onAnswer'];
}

/** A client that keeps its connections open between calls; `close` ends them. */
export interface ClosableKubeClient extends KubeClient {
  close(): void;
}

/** @throws PermanentError `InvalidConfiguration` */
export function createKubeClient(config: KubeClientConfig): ClosableKubeClient {
  return new HTTPKubeClient(config);
}

class HTTPKubeClient implements ClosableKubeClient {
  readonly #transport: Transport;
  readonly #watchIdleMs: number;

  constructor(config: KubeClientConfig) {
    this.#watchIdleMs = config.watchIdleMs ?? WATCH_IDLE_MS;
    this.#transport = new Transport({
      ...config,
      requestTimeoutMs: config.requestTimeoutMs ?? DEFAULT_REQUEST_TIMEOUT_MS,
      onAnswer: config.onAnswer ?? (() => undefined),
    });
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
    const query = new URLSearchParams({ limit: String(request.limit) });
    if (request.next !== undefined) query.set('continue', request.next);
    const path = `${pathOf(resource, within(request.namespace))}?${query.toString()}`;
    return readPage(resource, await this.#transport.call({ method: 'GET', path, signal: request.signal }));
  }

  async *watch<T extends KubeObject>(
    resource: Resource<T>,
    request: { readonly namespace?: string; readonly resourceVersion: string; readonly signal: AbortSignal },
  ): AsyncIterable<WatchEvent<T>> {
    const query = new URLSearchParams({
      watch: '1',
      allowWatchBookmarks: 'true',
      resourceVersion: request.resourceVersion,
      timeoutSeconds: String(Math.round(WATCH_SECONDS * (1 + Math.random()))),
    });
    const path = `${pathOf(resource, within(request.namespace))}?${query.toString()}`;
    const stream = new AbortController();
    const stop = (): void => {
      stream.abort(request.signal.reason);
    };
    request.signal.addEventListener('abort', stop, { once: true });
    try {
      request.signal.throwIfAborted();
      yield* this.#events(resource, path, stream.signal);
    } finally {
      request.signal.removeEventListener('abort', stop);
      stream.abort();
    }
  }

  async get<T extends KubeObject>(
    resource: Resource<T>,
    name: ObjectName,
    signal: AbortSignal,
  ): Promise<T | undefined> {
    try {
      const path = pathOf(resource, name);
      return readObject(resource, await this.#transport.call({ method: 'GET', path, signal }));
    } catch (error) {
      if (error instanceof ObjectMissingError) return undefined;
      throw error;
    }
  }

  async create<T extends KubeObject>(
    resource: Resource<T>,
    namespace: string,
    object: object,
    signal: AbortSignal,
  ): Promise<T> {
    const path = pathOf(resource, { namespace });
    const content = { apiVersion: apiVersionOf(resource), kind: resource.kind, ...object };
    const body = { type: 'application/json', content };
    return readObject(resource, await this.#transport.call({ method: 'POST', path, body, signal }));
  }

  async patch<T extends KubeObject>(
    resource: Resource<T>,
    name: ObjectName,
    { patch, signal }: { readonly patch: object; readonly signal: AbortSignal },
  ): Promise<T> {
    const path = pathOf(resource, name);
    const body = { type: 'application/merge-patch+json', content: patch };
    return readObject(resource, await this.#transport.call({ method: 'PATCH', path, body, signal }));
  }

  /** A PUT takes the server a fifth less than a merge patch (6.9 instead of 8.6 ms of CPU), which it applies to the JSON of the old. */
  async updateStatus<T extends KubeObject>(
    resource: Resource<T>,
    object: T,
    { status, signal }: { readonly status: object; readonly signal: AbortSignal },
  ): Promise<T> {
    const { name, namespace, resourceVersion, uid } = object.metadata;
    const path = pathOf(resource, { namespace, name, subresource: 'status' });
    // Of the spec and all metadata the server keeps what it has, and who has set it.
    const content = { ...object, metadata: { name, namespace, resourceVersion, uid }, status };
    const body = { type: 'application/json', content };
    return readObject(resource, await this.#transport.call({ method: 'PUT', path, body, signal }));
  }

  async delete<T extends KubeObject>(
    resource: Resource<T>,
    name: ObjectName,
    { uid, signal }: { readonly uid: string; readonly signal: AbortSignal },
  ): Promise<void> {
    const path = pathOf(resource, name);
    const content = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid } };
    const body = { type: 'application/json', content };
    try {
      await this.#transport.call({ method: 'DELETE', path, body, signal });
    } catch (error) {
      if (!(error instanceof ObjectMissingError)) throw error;
    }
  }

  close(): void {
    this.#transport.close();
  }

  async *#events<T extends KubeObject>(
    resource: Resource<T>,
    path: string,
    signal: AbortSignal,
  ): AsyncIterable<WatchEvent<T>> {
    const request = `GET ${path}`;
    const answer = await this.#transport.open({ method: 'GET', path, signal });
    try {
      for await (const line of readLines(endWhenIdle(answer, this.#watchIdleMs), MAX_EVENT_BYTES)) {
        yield readEvent(resource, request, line);
      }
    } catch (error) {
      signal.throwIfAborted();
      throw error instanceof PermanentError || error instanceof TransientError
        ? error
        : unreachable(request, error);
    }
  }
}

function within(namespace: string | undefined): { readonly namespace?: string } {
  return namespace === undefined ? {} : { namespace };
}
