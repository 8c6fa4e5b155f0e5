// The contract of the Kubernetes API as this controller uses it; no SDK type crosses it.
import type { Condition } from '../reconcile/conditions.ts';

export interface ObjectMeta {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation: number;
  readonly creationTimestamp: string;
  readonly deletionTimestamp?: string;
  readonly finalizers?: readonly string[];
  readonly annotations?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly {
    readonly uid: string;
    readonly kind: string;
    readonly name: string;
  }[];
}

export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
}

/** Any kind of ours. */
export interface StatusObject extends KubeObject {
  readonly status?: { readonly observedGeneration?: number; readonly conditions?: readonly Condition[] };
}

/** A kind as the API server addresses it; `T` ties the kind to its type. */
export interface Resource<T extends KubeObject> {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  /** The name of the object, in the same namespace, that one of this kind belongs to; absent where there is none. */
  ownerOf?(object: T): string;
  /** Phantom: never set. */
  readonly object?: T;
}

export interface ObjectName {
  readonly namespace: string;
  readonly name: string;
}

export interface Page<T> {
  readonly resourceVersion: string;
  readonly items: readonly T[];
  /** Token of the next page; undefined on the last. */
  readonly next: string | undefined;
}

export type WatchEvent<T> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: T }
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string };

/**
 * Every call has a deadline. Failures: TransientError `APIUnavailable` (network, 429, 5xx, 401), `Conflict` (409),
 * `Expired` (410); PermanentError `NotFound` (404), `Forbidden` (403), `Invalid` (400, 422). The message says which
 * request it was and what the server answered.
 */
export interface KubeClient {
  list<T extends KubeObject>(
    resource: Resource<T>,
    request: {
      readonly namespace?: string;
      readonly limit: number;
      readonly next?: string;
      readonly signal: AbortSignal;
    },
  ): Promise<Page<T>>;
  /** Ends by itself after a while (the server's timeout); throws `Expired` for a version too old, in-stream too. */
  watch<T extends KubeObject>(
    resource: Resource<T>,
    request: { readonly namespace?: string; readonly resourceVersion: string; readonly signal: AbortSignal },
  ): AsyncIterable<WatchEvent<T>>;
  get<T extends KubeObject>(
    resource: Resource<T>,
    name: ObjectName,
    signal: AbortSignal,
  ): Promise<T | undefined>;
  create<T extends KubeObject>(
    resource: Resource<T>,
    namespace: string,
    object: object,
    signal: AbortSignal,
  ): Promise<T>;
  /** A JSON merge patch; with `metadata.resourceVersion` in it, it is refused with `Conflict` on a stale view. */
  patch<T extends KubeObject>(
    resource: Resource<T>,
    name: ObjectName,
    request: { readonly patch: object; readonly signal: AbortSignal },
  ): Promise<T>;
  /**
   * Puts a status in place of the whole old one, and changes nothing else; without a change the version stays.
   * @param object as it was seen: `Conflict` where it has changed since, or where another (by UID) has the name by now
   */
  updateStatus<T extends KubeObject>(
    resource: Resource<T>,
    object: T,
    request: { readonly status: object; readonly signal: AbortSignal },
  ): Promise<T>;
  /** Done, too, when it is gone already; `Conflict` where another object (by UID) has the name by now. */
  delete<T extends KubeObject>(
    resource: Resource<T>,
    name: ObjectName,
    request: { readonly uid: string; readonly signal: AbortSignal },
  ): Promise<void>;
}

/** The local copy of one kind, kept by list and watch. */
export interface Cache<T extends KubeObject> {
  get(name: ObjectName): T | undefined;
  list(namespace?: string): readonly T[];
  /** Those that belong to the object of this name, by the kind's `ownerOf`; costs no more the more others there are. */
  listOf(owner: ObjectName): readonly T[];
  /** True once the first list is complete. */
  readonly synced: boolean;
  /** Holds what a write returned until the watch has caught up, so that no decision is made on an older view. */
  wrote(object: T): void;
}

/** Records one Kubernetes Event about an object; never fails the visit. */
export interface EventRecorder {
  record(
    object: KubeObject,
    event: { readonly type: 'Normal' | 'Warning'; readonly reason: string; readonly message: string },
  ): void;
}
