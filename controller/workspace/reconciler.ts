// One visit of a Workspace: observe, decide, act, report.
import { WORKSPACE } from '../api/group.ts';
import type { Workspace } from '../api/workspace.ts';
import { act } from './act.ts';
import { decide } from './decide.ts';
import { observe, type ObserveTools } from './observe.ts';
import { report } from './report.ts';
import type { Cache, EventRecorder, KubeClient } from '../../lib/kube/kube.ts';
import type { Logger } from '../../lib/logger.ts';
import { gone } from '../../lib/reconcile/outcome.ts';
import type { Reconciler } from '../../lib/reconcile/reconciler.ts';
import { statusUpdate } from '../../lib/reconcile/status.ts';

export interface WorkspaceTools extends ObserveTools {
  readonly kube: KubeClient;
  readonly workspaces: Cache<Workspace>;
  readonly events: EventRecorder;
  readonly logger: Logger;
  readonly random: () => number;
  /** The workspace is gone for good: whatever was kept for its UID may go. */
  readonly drop: (uid: string) => void;
}

export function createWorkspaceReconciler(tools: WorkspaceTools): Reconciler {
  const { kube, workspaces: cache, reach } = tools;
  const acting = { kube, cache, resource: WORKSPACE, reach };
  return {
    name: 'workspace',
    reconcile: async (name, signal) => {
      const object = tools.workspaces.get(name);
      if (object === undefined) return gone;
      const observed = await observe(tools, object, signal);
      const plan = decide(observed, tools.clock.now());
      const held = await act(acting, object, plan, signal);
      if (held === undefined) {
        tools.drop(object.metadata.uid);
        return gone;
      }
      const reported = report({ ...observed, object: held }, tools.clock.now(), tools.random());
      tools.logger.debug('visited', { ...name, plan, outcome: reported.outcome });
      const status = statusUpdate(held, reported.status);
      if (status !== undefined) cache.wrote(await kube.updateStatus(WORKSPACE, held, { status, signal }));
      if (reported.event !== undefined) tools.events.record(held, reported.event);
      return reported.outcome;
    },
  };
}
