// The Workspace kind as a type.
import type { KubeObject } from '../../lib/kube/kube.ts';
import type { WorkspaceSpec, WorkspaceStatus } from './workspace.gen.ts';

export type * from './workspace.gen.ts';

export interface Workspace extends KubeObject {
  readonly spec: WorkspaceSpec;
  readonly status?: WorkspaceStatus;
}
