// Gathers what one visit needs to know of a Workspace: whether it can be reached, and what its plugins say.
import { FINALIZER, REQUESTED_AT } from '../api/group.ts';
import type { Workspace } from '../api/workspace.ts';
import type { WorkspacePlugin } from '../api/workspace-plugin.ts';
import type { Reach } from '../reach.ts';
import type { Clock } from '../../lib/clock.ts';
import { attempt, type Attempt } from '../../lib/errors.ts';
import type { Cache } from '../../lib/kube/kube.ts';
import type { Listing } from '../../lib/target/target.ts';

export interface ObserveTools {
  readonly clock: Clock;
  readonly plugins: Cache<WorkspacePlugin>;
  readonly reach: Reach;
}

export interface Observed {
  readonly object: Workspace;
  /** Undefined when nobody may look: suspended or being deleted. */
  readonly reached: Attempt<{ readonly instance: string; readonly listing: Listing }> | undefined;
  readonly plugins: {
    /** Names of the plugins that objects declare here, sorted. */
    readonly declared: readonly string[];
    readonly installed: number;
    readonly drifted: number;
    /** Objects that still have to clean up here before the Workspace may go. */
    readonly leaving: number;
    /** Objects that would have to clean up here if they were deleted too. */
    readonly staying: number;
  };
}

/** The folders in a workspace are listed with every look for its plugins; only a request by a person asks anew. */
const ANY_AGE = new Date(0);

export async function observe(
  tools: ObserveTools,
  object: Workspace,
  signal: AbortSignal,
): Promise<Observed> {
  const { metadata, status, spec } = object;
  const requested = metadata.annotations?.[REQUESTED_AT];
  const notOlderThan = requested === status?.lastHandledReconcileAt ? ANY_AGE : tools.clock.now();
  const idle = spec.suspend || metadata.deletionTimestamp !== undefined;
  const reached = idle
    ? undefined
    : await attempt(async () => {
        const { session, instance } = await tools.reach(object);
        const beside = namesOf(tools.plugins.listOf(metadata).filter(mayBeLookedAt));
        return { instance, listing: await session.list({ notOlderThan, beside, signal }) };
      });
  return Object.freeze({
    object,
    reached,
    plugins: summarise(tools.plugins.listOf(metadata)),
  });
}

/** Each of these looks for itself, soon: one command does it for all. */
function mayBeLookedAt({ metadata, spec }: WorkspacePlugin): boolean {
  return metadata.deletionTimestamp === undefined && !spec.suspend;
}

/** Of the plugins that objects declare, sorted. */
function namesOf(objects: readonly WorkspacePlugin[]): readonly string[] {
  return [...new Set(objects.map(({ spec }) => spec.pluginName))].sort();
}

function summarise(here: readonly WorkspacePlugin[]): Observed['plugins'] {
  const holds = (type: string) => (plugin: WorkspacePlugin) =>
    plugin.status?.conditions?.some((condition) => condition.type === type && condition.status === 'True') ===
    true;
  const held = here.filter(({ metadata: { finalizers } }) => finalizers?.includes(FINALIZER) === true);
  const isDeleted = (plugin: WorkspacePlugin) => plugin.metadata.deletionTimestamp !== undefined;
  return {
    declared: namesOf(here),
    installed: here.filter(holds('Applied')).length,
    drifted: here.filter(holds('Drifted')).length,
    leaving: held.filter(isDeleted).length,
    staying: held.filter((plugin) => !isDeleted(plugin)).length,
  };
}
