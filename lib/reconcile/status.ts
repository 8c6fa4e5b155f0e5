// The one status that a visit may write: the whole next one, or none where nothing differs.
import type { KubeObject } from '../kube/kube.ts';

/**
 * The status to write in place of the object's, or undefined when that says the same already. In either, a field that is
 * undefined or null is absent, in the items of lists too; what is returned has none.
 */
export function statusUpdate(
  object: KubeObject & { readonly status?: object },
  next: object,
): object | undefined {
  const wanted = withoutAbsent(next);
  return isEqual(withoutAbsent(object.status ?? {}), wanted) ? undefined : wanted;
}

type Fields = Readonly<Record<string, unknown>>;

function withoutAbsent(fields: object): Fields {
  const present = Object.entries(fields).filter(([, value]) => value !== undefined && value !== null);
  return Object.fromEntries(present.map(([key, value]) => [key, valueWithoutAbsent(value)]));
}

function valueWithoutAbsent(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(valueWithoutAbsent);
  return isFields(value) ? withoutAbsent(value) : value;
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
