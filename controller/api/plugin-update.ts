// The PluginUpdate kind as a type.
import type { KubeObject } from '../../lib/kube/kube.ts';
import type { PluginUpdateSpec, PluginUpdateStatus } from './plugin-update.gen.ts';

export type * from './plugin-update.gen.ts';

export interface PluginUpdate extends KubeObject {
  readonly spec: PluginUpdateSpec;
  readonly status?: PluginUpdateStatus;
}
