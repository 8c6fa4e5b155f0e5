// The local copy of one kind: what the watch told so far, and our own writes that it has not told yet.
import type { Cache, KubeObject, ObjectName } from './kube.ts';
import { keyOf } from './names.ts';

/** A real difference between two views of one object. */
export interface Change<T> {
  readonly type: 'Applied' | 'Deleted';
  /** As it is now; of a deleted one, the last that is known. */
  readonly object: T;
  /** As it was told before; undefined for an object (by UID) that was not known. */
  readonly before: T | undefined;
  /** It is the result of a write that `wrote` was told of. */
  readonly own: boolean;
}

/** The server went back in time, as after a restore from a backup: what is known must be read anew. */
export class VersionWentBack extends Error {}

/**
 * Versions are compared as integers, which Kubernetes 1.35 made a promise and which held before. Events of one watch
 * come in the order of their versions, so that the position of the watch tells which of our writes it has covered.
 */
export class Store<T extends KubeObject> implements Cache<T> {
  readonly #told = new Map<string, T>();
  readonly #written = new Map<string, T>();
  readonly #ownerOf: ((object: T) => string) | undefined;
  /** Of what was told, by the key of its owner. */
  readonly #groups = new Map<string, Map<string, T>>();
  #position = '0';
  #synced = false;

  /** @param ownerOf of the kind; undefined: its objects belong to none */
  constructor(ownerOf?: (object: T) => string) {
    this.#ownerOf = ownerOf;
  }

  get synced(): boolean {
    return this.#synced;
  }

  /** The version up to which all is known. */
  get position(): string {
    return this.#position;
  }

  get(name: ObjectName): T | undefined {
    const key = keyOf(name);
    return this.#written.get(key) ?? this.#told.get(key);
  }

  list(namespace?: string): readonly T[] {
    const all = this.#written.size === 0 ? this.#told : new Map([...this.#told, ...this.#written]);
    const objects = [...all.values()];
    return namespace === undefined
      ? objects
      : objects.filter((object) => object.metadata.namespace === namespace);
  }

  listOf(owner: ObjectName): readonly T[] {
    const group = keyOf(owner);
    const all = new Map(this.#groups.get(group));
    for (const [key, object] of this.#written) {
      if (this.#groupOf(object) === group) all.set(key, object);
      else all.delete(key);
    }
    return [...all.values()];
  }

  wrote(object: T): void {
    const key = keyOf(object.metadata);
    const version = object.metadata.resourceVersion;
    const known = this.#written.get(key)?.metadata.resourceVersion ?? this.#position;
    if (isNewer(version, known) && isNewer(version, this.#position)) this.#written.set(key, object);
  }

  /** The writes that no watch has told of yet. A list begun after this moment covers them all. */
  writes(): ReadonlySet<T> {
    return new Set(this.#written.values());
  }

  /**
   * Takes over a whole list; returns what it changed. An object made again under its name was deleted first.
   * @param covered the `writes` from before the list was begun
   */
  replace(items: readonly T[], position: string, covered: ReadonlySet<T>): readonly Change<T>[] {
    const listed = new Set(items.map((item) => keyOf(item.metadata)));
    const gone = [...this.#told].filter(([key]) => !listed.has(key));
    const changes = [
      ...gone.flatMap(([, object]) => this.#delete(object)),
      ...items.flatMap((item) => this.#apply(item)),
    ];
    this.#dropWrites((object) => covered.has(object));
    this.#advance(position);
    this.#synced = true;
    return changes;
  }

  /** @throws VersionWentBack */
  apply(object: T): readonly Change<T>[] {
    if (!this.#isNext(object.metadata.resourceVersion)) return [];
    const changes = this.#apply(object);
    this.#advance(object.metadata.resourceVersion);
    return changes;
  }

  /** @throws VersionWentBack */
  delete(object: T): readonly Change<T>[] {
    if (!this.#isNext(object.metadata.resourceVersion)) return [];
    const changes = this.#delete(object);
    this.#advance(object.metadata.resourceVersion);
    return changes;
  }

  /** All up to this version has been told. A replica that lags behind may name an older one, which says nothing. */
  bookmark(position: string): void {
    if (isNewer(position, this.#position)) this.#advance(position);
  }

  #apply(object: T): readonly Change<T>[] {
    const key = keyOf(object.metadata);
    const before = this.#told.get(key);
    if (before !== undefined && before.metadata.uid !== object.metadata.uid) {
      return [...this.#delete(before), ...this.#apply(object)];
    }
    this.#told.set(key, object);
    this.#regroup(key, before, object);
    if (before?.metadata.resourceVersion === object.metadata.resourceVersion) return [];
    const own = this.#written.get(key)?.metadata.resourceVersion === object.metadata.resourceVersion;
    return [{ type: 'Applied', object, before, own }];
  }

  #delete(object: T): readonly Change<T>[] {
    const key = keyOf(object.metadata);
    const before = this.#told.get(key);
    if (before === undefined) return [];
    this.#told.delete(key);
    this.#regroup(key, before, undefined);
    return [{ type: 'Deleted', object, before, own: false }];
  }

  #groupOf(object: T | undefined): string | undefined {
    if (object === undefined || this.#ownerOf === undefined) return undefined;
    return keyOf({ namespace: object.metadata.namespace, name: this.#ownerOf(object) });
  }

  #regroup(key: string, before: T | undefined, object: T | undefined): void {
    const [from, to] = [this.#groupOf(before), this.#groupOf(object)];
    const left = from === undefined ? undefined : this.#groups.get(from);
    if (from !== undefined && from !== to && left?.delete(key) === true && left.size === 0)
      this.#groups.delete(from);
    if (object === undefined || to === undefined) return;
    const group = this.#groups.get(to) ?? new Map<string, T>();
    this.#groups.set(to, group.set(key, object));
  }

  #isNext(version: string): boolean {
    if (isNewer(this.#position, version)) {
      throw new VersionWentBack(`Version ${version} came after ${this.#position}.`);
    }
    return version !== this.#position;
  }

  #advance(position: string): void {
    this.#position = position;
    this.#dropWrites((object) => !isNewer(object.metadata.resourceVersion, position));
  }

  #dropWrites(isCovered: (object: T) => boolean): void {
    for (const [key, object] of this.#written) {
      if (isCovered(object)) this.#written.delete(key);
    }
  }
}

function isNewer(a: string, b: string): boolean {
  return BigInt(a) > BigInt(b);
}
