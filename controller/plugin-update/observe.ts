// Gathers what one visit needs to know of a PluginUpdate: what its plugin says of it, and what would change.
import type { PluginUpdate } from '../api/plugin-update.ts';
import type { WorkspacePlugin } from '../api/workspace-plugin.ts';
import { isCurrent } from '../update-name.ts';
import type { Differences } from './differences.ts';
import { isSettled } from './decide.ts';
import type { Observed } from './observed.ts';
import type { Clock } from '../../lib/clock.ts';
import { attempt } from '../../lib/errors.ts';
import type { Cache } from '../../lib/kube/kube.ts';

/** What observing needs: contracts only. */
export interface ObserveTools {
  readonly clock: Clock;
  readonly plugins: Cache<WorkspacePlugin>;
  readonly updates: Cache<PluginUpdate>;
  readonly differences: Differences;
}

export async function observe(
  { clock, plugins, updates, differences }: ObserveTools,
  object: PluginUpdate,
  signal: AbortSignal,
): Promise<Observed> {
  const now = clock.now();
  const plugin = ownerOf(object, plugins);
  if (plugin === undefined) {
    return Object.freeze({ now, object, plugin, isCurrent: false, later: 0, difference: undefined });
  }
  const isKnown = object.status?.changes !== undefined || isSettled(object);
  const current = isCurrent(object, plugin);
  const difference =
    isKnown || !current ? undefined : await attempt(async () => differences.of(plugin, object, signal));
  const later = isSettled(object) ? laterThan(object, updates) : 0;
  return Object.freeze({ now, object, plugin, isCurrent: current, later, difference });
}

/** Undefined once it is gone, or made again under its name, or about to go. */
function ownerOf(
  { metadata: { namespace, ownerReferences = [] }, spec }: PluginUpdate,
  plugins: Cache<WorkspacePlugin>,
): WorkspacePlugin | undefined {
  const plugin = plugins.get({ namespace, name: spec.pluginRef.name });
  if (plugin === undefined || plugin.metadata.deletionTimestamp !== undefined) return undefined;
  return ownerReferences.some(({ uid }) => uid === plugin.metadata.uid) ? plugin : undefined;
}

/**
 * How many of the same plugin are younger and need nobody any more; of one that is decided, only those that are decided, too:
 * what nobody has decided never takes the place of an answer. One that is decided counts before it is settled: when its plugin
 * says so, and all are visited because of that, its own status may still lag behind.
 */
function laterThan(object: PluginUpdate, updates: Cache<PluginUpdate>): number {
  const order = ({ metadata }: PluginUpdate): string => `${metadata.creationTimestamp}/${metadata.name}`;
  const isDecided = ({ spec }: PluginUpdate): boolean => spec.decision !== undefined;
  const { namespace } = object.metadata;
  return updates
    .listOf({ namespace, name: object.spec.pluginRef.name })
    .filter((other) => isDecided(other) || (isSettled(other) && !isDecided(object)))
    .filter((other) => order(other) > order(object)).length;
}
