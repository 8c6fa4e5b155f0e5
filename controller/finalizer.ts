// Our finalizer on any kind: it stands before the first effect, and goes after clean-up.
import { FINALIZER } from './api/group.ts';
import type { Cache, KubeClient, KubeObject, Resource } from '../lib/kube/kube.ts';

export interface FinalizerTools<T extends KubeObject> {
  readonly kube: KubeClient;
  readonly cache: Cache<T>;
  readonly resource: Resource<T>;
}

/** @returns the object with our finalizer; nothing is written when it is there already */
export async function hold<T extends KubeObject>(
  tools: FinalizerTools<T>,
  object: T,
  signal: AbortSignal,
): Promise<T> {
  const finalizers = object.metadata.finalizers ?? [];
  if (finalizers.includes(FINALIZER)) return object;
  const held = await setFinalizers(tools, object, [...finalizers, FINALIZER], signal);
  tools.cache.wrote(held);
  return held;
}

/** Lets the object go. What others still hold it for stays. */
export async function release<T extends KubeObject>(
  tools: FinalizerTools<T>,
  object: T,
  signal: AbortSignal,
): Promise<void> {
  const others = (object.metadata.finalizers ?? []).filter((name) => name !== FINALIZER);
  await setFinalizers(tools, object, others, signal);
}

async function setFinalizers<T extends KubeObject>(
  { kube, resource }: FinalizerTools<T>,
  object: T,
  finalizers: readonly string[],
  signal: AbortSignal,
): Promise<T> {
  const { uid, resourceVersion } = object.metadata;
  return kube.patch(resource, object.metadata, {
    patch: { metadata: { uid, resourceVersion, finalizers } },
    signal,
  });
}
