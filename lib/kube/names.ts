// How objects are named: as a key in maps and queues, and as a path of the API.
import type { KubeObject, ObjectName, Resource } from './kube.ts';

/** `namespace/name`: unique within a kind. */
export function keyOf(name: ObjectName): string {
  return `${name.namespace}/${name.name}`;
}

/** The inverse of `keyOf`. */
export function nameOf(key: string): ObjectName {
  const slash = key.indexOf('/');
  return { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

/** `v1`, or `group/version`. */
export function apiVersionOf(resource: Resource<KubeObject>): string {
  return resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
}

/**
 * The path of a collection or, with a name, of one object. No namespace, or an empty one, means all namespaces for a
 * collection, and a cluster-wide kind for an object.
 */
export function pathOf(
  resource: Resource<KubeObject>,
  place: { readonly namespace?: string; readonly name?: string; readonly subresource?: string } = {},
): string {
  const parts = [resource.group === '' ? '/api' : '/apis', apiVersionOf(resource)];
  if (place.namespace !== undefined && place.namespace !== '') {
    parts.push('namespaces', encodeURIComponent(place.namespace));
  }
  parts.push(resource.plural);
  if (place.name !== undefined) parts.push(encodeURIComponent(place.name));
  if (place.subresource !== undefined) parts.push(place.subresource);
  return parts.join('/');
}
