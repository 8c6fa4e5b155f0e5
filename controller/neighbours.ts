// Which objects a change of another one concerns.
import { WORKSPACE_PLUGIN } from './api/group.ts';
import type { PluginUpdate } from './api/plugin-update.ts';
import type { WorkspacePlugin } from './api/workspace-plugin.ts';
import type { Workspace } from './api/workspace.ts';
import type { Cache, ObjectName } from '../lib/kube/kube.ts';

/** All objects in the same workspace, this one among them. */
export function namesWith(plugin: WorkspacePlugin, plugins: Cache<WorkspacePlugin>): readonly ObjectName[] {
  return allWith(plugin, plugins).map(({ metadata }) => metadata);
}

/** The other objects for the same plugin in the same workspace. */
export function namesBeside(plugin: WorkspacePlugin, plugins: Cache<WorkspacePlugin>): readonly ObjectName[] {
  const { metadata, spec } = plugin;
  return allWith(plugin, plugins)
    .filter((other) => other.metadata.name !== metadata.name && other.spec.pluginName === spec.pluginName)
    .map((other) => other.metadata);
}

function allWith(
  { metadata: { namespace }, spec }: WorkspacePlugin,
  plugins: Cache<WorkspacePlugin>,
): readonly WorkspacePlugin[] {
  return plugins.listOf({ namespace, name: spec.workspaceRef.name });
}

/** The names of all that was ever asked about a plugin. */
export function namesOfUpdates(
  { metadata }: WorkspacePlugin,
  updates: Cache<PluginUpdate>,
): readonly ObjectName[] {
  return updates.listOf(metadata).map((update) => update.metadata);
}

/** The names of the plugins in a workspace. */
export function namesIn(workspace: Workspace, plugins: Cache<WorkspacePlugin>): readonly ObjectName[] {
  return plugins.listOf(workspace.metadata).map(({ metadata }) => metadata);
}

/** Counts in a Workspace follow its plugins by this much, so that many changes cost one write; milliseconds. */
const COUNTS_FOLLOW_MS = 2_000;

/** By which a Workspace is visited for the counts that it shows. */
export const followPlugins = {
  resource: WORKSPACE_PLUGIN,
  includeStatus: true,
  afterMs: COUNTS_FOLLOW_MS,
  toNames: ({ metadata: { namespace }, spec }: WorkspacePlugin): readonly ObjectName[] => [
    { namespace, name: spec.workspaceRef.name },
  ],
};

/** The plugin that an update is about. */
export function nameOfPlugin({ metadata: { namespace }, spec }: PluginUpdate): readonly ObjectName[] {
  return [{ namespace, name: spec.pluginRef.name }];
}
