// What to do about one Workspace: it is only watched, and kept until its plugins have cleaned up.
import { FINALIZER } from '../api/group.ts';
import type { Observed } from './observe.ts';
import { findCondition } from '../../lib/reconcile/conditions.ts';

export type Plan =
  | {
      readonly kind: 'Nothing';
      readonly reason: 'Released' | 'PluginsLeaving' | 'PluginsMayFollow' | 'Watched';
    }
  /** Put the finalizer in place, so that the plugins can clean up before the Workspace goes. */
  | { readonly kind: 'Hold' }
  | { readonly kind: 'Release' };

/**
 * A Workspace and its plugins are often deleted together, one right after the other: this long it waits for those that
 * are still declared, so that they find a workspace to clean up in; milliseconds.
 */
export const FOLLOW_MS = 5_000;

export function decide({ object, plugins }: Pick<Observed, 'object' | 'plugins'>, now: Date): Plan {
  const isHeld = object.metadata.finalizers?.includes(FINALIZER) === true;
  if (object.metadata.deletionTimestamp === undefined) {
    return isHeld ? { kind: 'Nothing', reason: 'Watched' } : { kind: 'Hold' };
  }
  if (!isHeld) return { kind: 'Nothing', reason: 'Released' };
  if (plugins.leaving > 0) return { kind: 'Nothing', reason: 'PluginsLeaving' };
  return plugins.staying > 0 && mayBeFollowed(object, now)
    ? { kind: 'Nothing', reason: 'PluginsMayFollow' }
    : { kind: 'Release' };
}

/** Counted on our own clock, from when the deletion was first reported. */
function mayBeFollowed({ status }: Observed['object'], now: Date): boolean {
  const ready = findCondition(status?.conditions ?? [], 'Ready');
  return ready?.reason !== 'Deleting' || now.getTime() < Date.parse(ready.lastTransitionTime) + FOLLOW_MS;
}
