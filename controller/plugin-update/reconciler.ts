// One visit of a PluginUpdate: observe, decide, act, report.
import { PLUGIN_UPDATE } from '../api/group.ts';
import { decide } from './decide.ts';
import { observe, type ObserveTools } from './observe.ts';
import { report } from './report.ts';
import type { EventRecorder, KubeClient } from '../../lib/kube/kube.ts';
import type { Logger } from '../../lib/logger.ts';
import { gone, type Outcome } from '../../lib/reconcile/outcome.ts';
import type { Reconciler } from '../../lib/reconcile/reconciler.ts';
import { statusUpdate } from '../../lib/reconcile/status.ts';

export interface PluginUpdateTools extends ObserveTools {
  readonly kube: KubeClient;
  readonly events: EventRecorder;
  readonly logger: Logger;
}

export function createPluginUpdateReconciler(tools: PluginUpdateTools): Reconciler {
  const { kube, updates } = tools;
  return {
    name: 'plugin-update',
    reconcile: async (name, signal): Promise<Outcome> => {
      const object = updates.get(name);
      if (object?.metadata.deletionTimestamp !== undefined || object === undefined) return gone;
      const observed = await observe(tools, object, signal);
      const plan = decide(observed);
      tools.logger.debug('visited', { ...name, plan });
      switch (plan.kind) {
        case 'Wait':
          return { kind: 'Settled', requeueAfterMs: plan.againAfterMs };
        case 'Prune':
          await kube.delete(PLUGIN_UPDATE, name, { uid: object.metadata.uid, signal });
          return gone;
        case 'Report': {
          const reported = report(observed, plan.standing);
          const status = statusUpdate(object, reported.status);
          if (status !== undefined) {
            updates.wrote(await kube.updateStatus(PLUGIN_UPDATE, object, { status, signal }));
          }
          if (reported.event !== undefined) tools.events.record(object, reported.event);
          return reported.outcome;
        }
      }
    },
  };
}
