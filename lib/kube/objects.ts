// Reading what the API server answers into the types of our contract.
import { TransientError } from '../errors.ts';
import { errorOf, isRecord, readStatus } from './failures.ts';
import type { KubeObject, Page, Resource, WatchEvent } from './kube.ts';
import { apiVersionOf } from './names.ts';

/**
 * Checks that it is an object with a name, a UID and a version, and trusts its schema for the rest. Fills in what the
 * server leaves out: apiVersion and kind of list items, the namespace of cluster-wide kinds (empty), the generation
 * of kinds that have none (0). Leaves out who has set which field, which is often most of an object and of no use here.
 * @throws TransientError `APIUnavailable`: something between us and the server answered in its place
 */
export function readObject<T extends KubeObject>(resource: Resource<T>, value: unknown): T {
  const metadata = isRecord(value) ? value['metadata'] : undefined;
  if (!isRecord(value) || !isRecord(metadata) || !hasIdentity(metadata)) throw unreadable(resource);
  const { managedFields, ...kept } = metadata;
  const defaults = { apiVersion: apiVersionOf(resource), kind: resource.kind };
  return {
    ...defaults,
    ...value,
    metadata: { namespace: '', generation: 0, ...kept },
  } as KubeObject as T;
}

/** @throws TransientError `APIUnavailable` */
export function readPage<T extends KubeObject>(resource: Resource<T>, value: unknown): Page<T> {
  const metadata = isRecord(value) ? value['metadata'] : undefined;
  if (!isRecord(value) || !isRecord(metadata)) throw unreadable(resource);
  const { resourceVersion, continue: next } = metadata;
  const items = value['items'] ?? [];
  if (typeof resourceVersion !== 'string' || !Array.isArray(items)) throw unreadable(resource);
  return {
    resourceVersion,
    items: items.map((item) => readObject(resource, item)),
    next: typeof next === 'string' && next !== '' ? next : undefined,
  };
}

/**
 * @param request for messages
 * @throws what an ERROR event says: TransientError `Expired` and all else as for answers; `APIUnavailable` for what
 *   is no event
 */
export function readEvent<T extends KubeObject>(
  resource: Resource<T>,
  request: string,
  line: string,
): WatchEvent<T> {
  const event: unknown = JSON.parse(line);
  if (!isRecord(event)) throw unreadable(resource);
  const { type, object } = event;
  switch (type) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED':
      return { type, object: readObject(resource, object) };
    case 'BOOKMARK':
      return { type, resourceVersion: versionOf(resource, object) };
    case 'ERROR':
      throw errorOf(request, readStatus(object, 500));
    default:
      throw unreadable(resource);
  }
}

function versionOf(resource: Resource<KubeObject>, value: unknown): string {
  const metadata = isRecord(value) ? value['metadata'] : undefined;
  const version = isRecord(metadata) ? metadata['resourceVersion'] : undefined;
  if (typeof version !== 'string') throw unreadable(resource);
  return version;
}

function hasIdentity(metadata: Record<string, unknown>): boolean {
  return ['name', 'uid', 'resourceVersion'].every((field) => typeof metadata[field] === 'string');
}

function unreadable(resource: Resource<KubeObject>): TransientError {
  return new TransientError(
    'APIUnavailable',
    `What was answered for ${resource.plural} is not of the Kubernetes API. Is there a proxy before the API server?`,
  );
}
