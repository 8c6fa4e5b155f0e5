// The one patch a visit may send: what must change for the status to be exactly the next one.
import type { KubeObject } from '../kube/kube.ts';

/** A JSON merge patch of a status, refused by the API server with `Conflict` when the view it came from is stale. */
export interface StatusPatch {
  readonly metadata: { readonly resourceVersion: string; readonly uid: string };
  readonly status: object;
}

/**
 * The smallest merge patch that turns the object's status into `next`, or undefined when it is that already. What
 * `next` does not have is removed; lists are replaced as a whole. In `next`, undefined and null mean absent.
 */
export function statusPatch(
  object: KubeObject & { readonly status?: object },
  next: object,
): StatusPatch | undefined {
  const { resourceVersion, uid } = object.metadata;
  const status = difference(object.status ?? {}, next);
  return status === undefined ? undefined : { metadata: { resourceVersion, uid }, status };
}

type Fields = Readonly<Record<string, unknown>>;

/** What to merge into `before` to get `next`; undefined when nothing differs. */
function difference(before: object, next: object): object | undefined {
  const old = new Map(presentEntries(before));
  const wanted = new Map(presentEntries(next));
  const removed = [...old.keys()].filter((key) => !wanted.has(key)).map((key) => [key, null] as const);
  const changed = [...wanted].flatMap(([key, value]) => {
    const change = changeOf(old.get(key), value);
    return change === undefined ? [] : [[key, change] as const];
  });
  const entries = [...removed, ...changed];
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

function changeOf(before: unknown, next: unknown): unknown {
  if (isFields(next)) return isFields(before) ? difference(before, next) : withoutAbsent(next);
  return isEqual(before, next) ? undefined : next;
}

function presentEntries(value: object): [string, unknown][] {
  return Object.entries(value).filter(([, field]) => field !== undefined && field !== null);
}

function withoutAbsent(value: Fields): Fields {
  return Object.fromEntries(
    presentEntries(value).map(([key, field]) => [key, isFields(field) ? withoutAbsent(field) : field]),
  );
}

/** Deep equality of JSON values, whatever the order of keys; an undefined field equals an absent one. */
export function isEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => isEqual(item, b[index]));
  }
  if (!isFields(a) || !isFields(b)) return false;
  const entries = Object.entries(a).filter(([, value]) => value !== undefined);
  const size = Object.values(b).filter((value) => value !== undefined).length;
  return (
    entries.length === size &&
    entries.every(([key, value]) => Object.hasOwn(b, key) && isEqual(value, b[key]))
  );
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
