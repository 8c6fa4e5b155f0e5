// The API group: its kinds as the API server addresses them, and the names that objects carry.
import type { Resource } from '../../lib/kube/kube.ts';
import type { PluginUpdate } from './plugin-update.ts';
import type { WorkspacePlugin } from './workspace-plugin.ts';
import type { Workspace } from './workspace.ts';

export const GROUP = 'plugins.molecule.ai';
export const VERSION = 'v1alpha1';
export const API_VERSION = `${GROUP}/${VERSION}`;

export const WORKSPACE: Resource<Workspace> = {
  group: GROUP,
  version: VERSION,
  plural: 'workspaces',
  kind: 'Workspace',
};

export const WORKSPACE_PLUGIN: Resource<WorkspacePlugin> = {
  group: GROUP,
  version: VERSION,
  plural: 'workspaceplugins',
  kind: 'WorkspacePlugin',
  ownerOf: ({ spec }) => spec.workspaceRef.name,
};

export const PLUGIN_UPDATE: Resource<PluginUpdate> = {
  group: GROUP,
  version: VERSION,
  plural: 'pluginupdates',
  kind: 'PluginUpdate',
  ownerOf: ({ spec }) => spec.pluginRef.name,
};

/** Stands before the first effect in a workspace, and goes after clean-up. */
export const FINALIZER = 'plugins.molecule.ai/finalizer';

/** Annotation: any new value asks for a full look, and is answered in `status.lastHandledReconcileAt`. */
export const REQUESTED_AT = 'reconcile.plugins.molecule.ai/requestedAt';

/** Annotation: any new value lifts what is in `status.rejected`, and is answered in `status.lastHandledResetAt`. */
export const RESET_AT = 'reconcile.plugins.molecule.ai/resetAt';

/** Annotation of a Secret: the hosts it may be sent to, patterns with commas between them. */
export const HOSTS = 'plugins.molecule.ai/hosts';
