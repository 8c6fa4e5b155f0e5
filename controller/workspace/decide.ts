// What to do about one Workspace: it is only watched, and kept until its plugins have cleaned up.
import { FINALIZER } from '../api/group.ts';
import type { Observed } from './observe.ts';

export type Plan =
  | { readonly kind: 'Nothing'; readonly reason: 'Released' | 'PluginsLeaving' | 'Watched' }
  /** Put the finalizer in place, so that the plugins can clean up before the Workspace goes. */
  | { readonly kind: 'Hold' }
  | { readonly kind: 'Release' };

export function decide({ object, plugins }: Pick<Observed, 'object' | 'plugins'>): Plan {
  const isHeld = object.metadata.finalizers?.includes(FINALIZER) === true;
  if (object.metadata.deletionTimestamp === undefined) {
    return isHeld ? { kind: 'Nothing', reason: 'Watched' } : { kind: 'Hold' };
  }
  if (!isHeld) return { kind: 'Nothing', reason: 'Released' };
  return plugins.leaving > 0 ? { kind: 'Nothing', reason: 'PluginsLeaving' } : { kind: 'Release' };
}
