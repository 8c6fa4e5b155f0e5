// The local copy of one kind over all the namespaces that count: one reflector for each, seen as one cache.
import type { Cache, KubeObject, ObjectName } from '../kube/kube.ts';
import { Reflector, type Listener, type ReflectorConfig } from '../kube/reflector.ts';

export class KindCache<T extends KubeObject> implements Cache<T> {
  /** By namespace; one under the empty name when all namespaces count. */
  readonly #reflectors: ReadonlyMap<string, Reflector<T>>;

  /** @param namespaces empty: all */
  constructor(config: Omit<ReflectorConfig<T>, 'namespace'>, namespaces: readonly string[]) {
    const entries = namespaces.map(
      (namespace) => [namespace, new Reflector({ ...config, namespace })] as const,
    );
    this.#reflectors = new Map(entries.length === 0 ? [['', new Reflector(config)]] : entries);
  }

  get synced(): boolean {
    return this.#all().every((reflector) => reflector.synced);
  }

  get(name: ObjectName): T | undefined {
    return this.#for(name.namespace)?.get(name);
  }

  list(namespace?: string): readonly T[] {
    return namespace === undefined
      ? this.#all().flatMap((reflector) => reflector.list())
      : (this.#for(namespace)?.list(namespace) ?? []);
  }

  listOf(owner: ObjectName): readonly T[] {
    return this.#for(owner.namespace)?.listOf(owner) ?? [];
  }

  wrote(object: T): void {
    this.#for(object.metadata.namespace)?.wrote(object);
  }

  subscribe(listener: Listener<T>): void {
    for (const reflector of this.#all()) reflector.subscribe(listener);
  }

  /** Resolves once the first lists are complete; never rejects. */
  async whenSynced(): Promise<void> {
    await Promise.all(this.#all().map((reflector) => reflector.whenSynced));
  }

  /** Resolves once all that was written before this moment is known; never rejects. */
  async renew(): Promise<void> {
    await Promise.all(this.#all().map((reflector) => reflector.renew()));
  }

  /** Keeps the copy until the signal aborts; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#all().map((reflector) => reflector.run(signal)));
  }

  #all(): readonly Reflector<T>[] {
    return [...this.#reflectors.values()];
  }

  #for(namespace: string): Reflector<T> | undefined {
    return this.#reflectors.get('') ?? this.#reflectors.get(namespace);
  }
}
