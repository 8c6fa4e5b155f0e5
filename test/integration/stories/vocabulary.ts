// Which (kind, condition, status, reason) the API server has stored over a whole run, for comparison with what is documented.
import type { StatusObject } from '../../../lib/kube/kube.ts';

const heard = new Set<string>();

/** Remembers what an object says of itself. */
export function hear({ kind, status }: StatusObject): void {
  for (const { type, status: truth, reason } of status?.conditions ?? []) {
    heard.add(`${kind} ${type} ${truth} ${reason}`);
  }
}

/** Each as `WorkspacePlugin Ready True Installed`, sorted. */
export function vocabulary(): readonly string[] {
  return [...heard].sort();
}
