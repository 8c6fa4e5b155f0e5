// Gathers what one visit needs to know of a WorkspacePlugin, asking as little as the ages allow.
import type { PluginUpdate } from '../api/plugin-update.ts';
import type { Workspace } from '../api/workspace.ts';
import type { WorkspacePlugin } from '../api/workspace-plugin.ts';
import type { Reach } from '../reach.ts';
import { askSources, identify, type Asked, type AskTools } from './candidates.ts';
import { unansweredRequest, type Observed, type Place } from './observed.ts';
import { lookMaxAgeMs } from './schedule.ts';
import { isRepairDue, type Unhurried } from './unhurried.ts';
import { findUpdates, NO_UPDATES } from './updates.ts';
import { attempt } from '../../lib/errors.ts';
import type { Cache } from '../../lib/kube/kube.ts';

/** What observing needs: contracts only. */
export interface ObserveTools extends AskTools {
  readonly plugins: Cache<WorkspacePlugin>;
  readonly workspaces: Cache<Workspace>;
  readonly updates: Cache<PluginUpdate>;
  readonly reach: Reach;
  readonly unhurried: Unhurried;
}

export async function observe(
  tools: ObserveTools,
  object: WorkspacePlugin,
  signal: AbortSignal,
): Promise<Observed> {
  const now = tools.clock.now();
  const { namespace } = object.metadata;
  const workspace = tools.workspaces.get({ namespace, name: object.spec.workspaceRef.name });
  const rival = findRival(object, tools.plugins.listOf({ namespace, name: object.spec.workspaceRef.name }));
  const deleting = object.metadata.deletionTimestamp !== undefined;
  const asked = { tools, object, signal, fresh: unansweredRequest(object) !== undefined };
  const unlooked = whyNotLook(object, workspace, rival);
  const looking = unlooked === undefined ? lookInside(tools, asked, workspace) : Promise.resolve(unlooked);
  const isUrgent = async () => isRepairDue(object, await looking);
  const ask = (lasting: AbortSignal) => askOutside(tools, { ...asked, signal: lasting });
  const [place, answered] = await Promise.all([
    looking,
    unlooked !== undefined || deleting ? NOTHING_ASKED : tools.unhurried.answer(ask, isUrgent, signal),
  ]);
  const sources = answered ?? NOTHING_ASKED;
  const isOutsideLate = answered === undefined;
  const found = deleting ? undefined : await identify(asked, place, sources.wanted);
  return Object.freeze({ now, object, place, rival, ...sources, isOutsideLate, found });
}

const NOTHING_ASKED = { wanted: undefined, upstream: undefined, ...NO_UPDATES };

/** What upstream has, and what people say about it. */
async function askOutside(
  { updates }: ObserveTools,
  asked: Asked,
): Promise<Pick<Observed, 'wanted' | 'upstream' | 'proposal' | 'asked' | 'answer'>> {
  const sources = await askSources(asked);
  return { ...sources, ...(await findUpdates(updates, asked, sources)) };
}

/** Of two objects for the same plugin in the same workspace the older is in charge, then the lesser name. */
function findRival(object: WorkspacePlugin, beside: readonly WorkspacePlugin[]): string | undefined {
  const order = ({ metadata }: WorkspacePlugin) => `${metadata.creationTimestamp}/${metadata.name}`;
  return beside.find(
    (other) =>
      other.metadata.uid !== object.metadata.uid &&
      other.spec.pluginName === object.spec.pluginName &&
      order(other) < order(object),
  )?.metadata.name;
}

/** Nothing is asked where nothing may be done: contested, suspended, or about to be let go as it is. */
function whyNotLook(
  { metadata, spec }: WorkspacePlugin,
  workspace: Workspace | undefined,
  rival: string | undefined,
): Place | undefined {
  const notLooked: Place = { state: 'NotLooked' };
  if (rival !== undefined) return notLooked;
  if (metadata.deletionTimestamp !== undefined) {
    return spec.deletionPolicy === 'Orphan' ? notLooked : undefined;
  }
  if (spec.suspend) return notLooked;
  return workspace?.spec.suspend === true ? { state: 'WorkspaceSuspended' } : undefined;
}

async function lookInside(
  tools: ObserveTools,
  { object, signal, fresh }: Asked,
  workspace: Workspace | undefined,
): Promise<Place> {
  if (workspace === undefined) return { state: 'NoWorkspace' };
  const maxAgeMs = fresh ? 0 : lookMaxAgeMs(object);
  const notOlderThan = new Date(tools.clock.now().getTime() - maxAgeMs);
  const looked = await attempt(async () => {
    const { session } = await tools.reach(workspace);
    return session.look({ plugin: object.spec.pluginName, notOlderThan, signal });
  });
  return looked.ok
    ? { state: 'Reached', look: looked.value }
    : { state: 'Unreachable', failure: looked.failure };
}
