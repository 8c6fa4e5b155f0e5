// The rules by which an API server turns a request into the next state of an object; pure.
import { PermanentError, TransientError } from '../../lib/errors.ts';
import type { KubeObject, ObjectMeta, Resource } from '../../lib/kube/kube.ts';
import { apiVersionOf } from '../../lib/kube/names.ts';
import { applyMergePatch, isFields } from './merge-patch.ts';

export type Stored = KubeObject & Readonly<Record<string, unknown>>;

/** A new object: identity from the server, first generation, no status (that has its own endpoint). */
export function created(
  object: object,
  system: Partial<ObjectMeta> & Pick<KubeObject, 'apiVersion' | 'kind'>,
): Stored {
  const { apiVersion, kind, ...identity } = system;
  const { metadata, ...fields } = object as Partial<Stored>;
  const { status: _, ...rest } = fields;
  return { apiVersion, kind, ...rest, metadata: { ...metadata, generation: 1, ...identity } } as Stored;
}

/**
 * The object after a merge patch, before it gets a new resourceVersion; the same object when nothing changed.
 * @throws TransientError `Conflict` for another version or UID, PermanentError `Invalid`
 */
export function patched(current: Stored, patch: object): Stored {
  refuseStale(current, isFields(patch) && isFields(patch['metadata']) ? patch['metadata'] : {});
  const next = withMetadata(current, applyMergePatch(current, patch) as Stored);
  return isSame(current, next) ? current : next;
}

/**
 * The object with another status, before it gets a new resourceVersion; the same object when nothing changed.
 * @param seen the object's metadata as the writer knows them
 * @throws TransientError `Conflict` for another version or UID
 */
export function reported(current: Stored, status: unknown, seen: Partial<ObjectMeta> = {}): Stored {
  refuseStale(current, seen);
  const next = { ...current, status };
  return isSame(current, next) ? current : next;
}

/** Marked for deletion, once; a deletion is a change of what is wanted, so that the generation grows. */
export function marked(current: Stored, time: string): Stored {
  if (current.metadata.deletionTimestamp !== undefined) return current;
  const generation = current.metadata.generation + 1;
  return { ...current, metadata: { ...current.metadata, generation, deletionTimestamp: time } };
}

export function withVersion(object: Stored, resourceVersion: string): Stored {
  return { ...object, metadata: { ...object.metadata, resourceVersion } };
}

/** Nothing holds it back any more. */
export function isFinished(object: Stored): boolean {
  return object.metadata.deletionTimestamp !== undefined && (object.metadata.finalizers ?? []).length === 0;
}

/** Of one kind, in a namespace or in all. */
export function isIn(resource: Resource<KubeObject>, namespace: string | undefined, object: Stored): boolean {
  return (
    object.kind === resource.kind &&
    object.apiVersion === apiVersionOf(resource) &&
    (namespace === undefined || object.metadata.namespace === namespace)
  );
}

function refuseStale(current: Stored, seen: Partial<Record<keyof ObjectMeta, unknown>>): void {
  for (const field of ['resourceVersion', 'uid'] as const) {
    if (seen[field] !== undefined && seen[field] !== current.metadata[field]) {
      throw new TransientError('Conflict', `${current.metadata.name} has another ${field} by now.`);
    }
  }
}

function withMetadata(current: Stored, merged: Stored): Stored {
  const { name, namespace, uid, resourceVersion, generation, creationTimestamp, deletionTimestamp } =
    current.metadata;
  const fixed = { name, namespace, uid, resourceVersion, creationTimestamp };
  if (deletionTimestamp !== undefined) refuseNewFinalizers(current, merged);
  const grown = isSame(specOf(current), specOf(merged)) ? generation : generation + 1;
  const metadata = {
    ...merged.metadata,
    ...fixed,
    generation: grown,
    ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
  };
  const status = current['status'];
  return { ...merged, metadata, ...(status === undefined ? {} : { status }) };
}

function refuseNewFinalizers(current: Stored, merged: Stored): void {
  const known = new Set(current.metadata.finalizers);
  if ((merged.metadata.finalizers ?? []).some((finalizer) => !known.has(finalizer))) {
    throw new PermanentError(
      'Invalid',
      `${current.metadata.name} is being deleted and takes no new finalizer.`,
    );
  }
}

function specOf(object: Stored): object {
  return { ...object, metadata: undefined, status: undefined };
}

function isSame(a: object, b: object): boolean {
  return canonical(a) === canonical(b);
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, field: unknown) =>
    isFields(field) ? Object.fromEntries(Object.entries(field).sort(([a], [b]) => (a < b ? -1 : 1))) : field,
  );
}
