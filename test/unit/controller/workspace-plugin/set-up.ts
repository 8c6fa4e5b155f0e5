// What every story about visits of a WorkspacePlugin begins with.
import { WORKSPACE_PLUGIN } from '../../../../controller/api/group.ts';
import type { WorkspacePlugin } from '../../../../controller/api/workspace-plugin.ts';
import { createWorkspacePluginReconciler } from '../../../../controller/workspace-plugin/reconciler.ts';
import { findCondition } from '../../../../lib/reconcile/conditions.ts';
import type { Outcome } from '../../../../lib/reconcile/outcome.ts';
import { candidate, tracking, workspace, workspacePlugin, type Modifier } from '../../builders.ts';
import { World } from '../world.ts';

export const NAME = { namespace: 'team', name: 'browser' };
export const [one, two] = [candidate(1), candidate(2)];
const SIGNAL = new AbortController().signal;

/** One object, pinned to v1.1.0, one reachable workspace without plugins, and a source that has two versions. */
export function setUp(...modifiers: Modifier<WorkspacePlugin>[]) {
  const world = new World();
  const reconciler = createWorkspacePluginReconciler(world.tools());
  world.putWorkspace(workspace());
  world.putPlugin(workspacePlugin(tracking('none', 'v1.1.0'), ...modifiers));
  world.source.has(one, two);
  return {
    world,
    place: world.place,
    source: world.source,
    /** The visits of a controller that has just been started. */
    restart: () => {
      const fresh = createWorkspacePluginReconciler(world.tools());
      return (): Promise<Outcome> => fresh.reconcile(NAME, SIGNAL);
    },
    visit: (): Promise<Outcome> => reconciler.reconcile(NAME, SIGNAL),
    status: () => world.kube.read(WORKSPACE_PLUGIN, NAME)?.status ?? {},
    condition: (type: string) => {
      const status = world.kube.read(WORKSPACE_PLUGIN, NAME)?.status;
      const found = findCondition(status?.conditions ?? [], type);
      return found === undefined ? undefined : `${found.status} ${found.reason}`;
    },
  };
}

export const effects = (calls: readonly string[]) =>
  calls.filter((call) => /^(install|restore|remove|forget)/.test(call));
