// The WorkspacePlugin kind as a type.
import type { KubeObject } from '../../lib/kube/kube.ts';
import type { WorkspacePluginSpec, WorkspacePluginStatus } from './workspace-plugin.gen.ts';

export type * from './workspace-plugin.gen.ts';

export interface WorkspacePlugin extends KubeObject {
  readonly spec: WorkspacePluginSpec;
  readonly status?: WorkspacePluginStatus;
}
