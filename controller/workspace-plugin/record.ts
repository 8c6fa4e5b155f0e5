// Writes the status that a visit ends with, also over what others have edited meanwhile: a visit may know what no later one can see.
import { WORKSPACE_PLUGIN } from '../api/group.ts';
import type { WorkspacePlugin, WorkspacePluginStatus } from '../api/workspace-plugin.ts';
import { TransientError } from '../../lib/errors.ts';
import type { Cache, KubeClient } from '../../lib/kube/kube.ts';
import { isEqual, statusUpdate } from '../../lib/reconcile/status.ts';

export interface RecordTools {
  readonly kube: KubeClient;
  readonly plugins: Cache<WorkspacePlugin>;
}

/** How often one status is sent, where it is refused each time for another edit. */
const MAX_TRIES = 5;

/**
 * One update, or none where nothing differs. What others have edited meanwhile (annotations, the spec) is no reason to lose
 * what was found: the status says for which generation it is, and the edit is visited next.
 * @param object with the status that the new one was made from
 * @throws TransientError `Conflict` where the cache knows of no such edit yet, where the status itself has another writer,
 * or where another object has the name by now; whatever else the client throws
 */
export async function record(
  { kube, plugins }: RecordTools,
  object: WorkspacePlugin,
  next: WorkspacePluginStatus,
  signal: AbortSignal,
): Promise<void> {
  let view = object;
  for (let tries = 1; ; tries += 1) {
    const status = statusUpdate(view, next);
    if (status === undefined) return;
    try {
      plugins.wrote(await kube.updateStatus(WORKSPACE_PLUGIN, view, { status, signal }));
      return;
    } catch (error) {
      const newer = plugins.get(object.metadata);
      if (tries >= MAX_TRIES || !isConflict(error) || !isSameButEdited(newer, view)) throw error;
      view = newer;
    }
  }
}

function isConflict(error: unknown): boolean {
  return error instanceof TransientError && error.reason === 'Conflict';
}

function isSameButEdited(
  newer: WorkspacePlugin | undefined,
  { metadata, status }: WorkspacePlugin,
): newer is WorkspacePlugin {
  if (newer?.metadata.uid !== metadata.uid) return false;
  return newer.metadata.resourceVersion !== metadata.resourceVersion && isEqual(newer.status, status);
}
