// The builder of PluginUpdates: named as the controller would name them.
import { API_VERSION } from '../../controller/api/group.ts';
import type {
  PluginUpdate,
  PluginUpdateSpec,
  PluginUpdateStatus,
} from '../../controller/api/plugin-update.ts';
import type { WorkspacePlugin } from '../../controller/api/workspace-plugin.ts';
import { updateName } from '../../controller/update-name.ts';
import type { Candidate } from '../../controller/workspace-plugin/observed.ts';

/** The question whether this plugin is to have that candidate; named in no status, and decided by nobody. */
export function pluginUpdate(
  plugin: WorkspacePlugin,
  to: Candidate,
  { spec = {}, status }: { spec?: Partial<PluginUpdateSpec>; status?: PluginUpdateStatus } = {},
): PluginUpdate {
  const { name, uid, namespace } = plugin.metadata;
  const fromRevision = plugin.status?.approved?.revision;
  return {
    apiVersion: API_VERSION,
    kind: 'PluginUpdate',
    metadata: {
      name: updateName(plugin, to.revision),
      ...{ namespace, uid: `uid-of-update-${to.ref}`, resourceVersion: '1', generation: 1 },
      ownerReferences: [{ uid, kind: 'WorkspacePlugin', name }],
      creationTimestamp: '2026-05-08T14:15:00Z',
    },
    spec: {
      pluginRef: { name },
      ...(fromRevision === undefined ? {} : { fromRevision }),
      toRevision: to.revision,
      ref: to.ref,
      ...spec,
    },
    ...(status === undefined ? {} : { status }),
  };
}
