// One visit of a WorkspacePlugin: observe, decide, act, report.
import { act, type ActTools } from './act.ts';
import { ask } from './ask.ts';
import { decide } from './decide.ts';
import { observe, type ObserveTools } from './observe.ts';
import { record } from './record.ts';
import { report } from './report.ts';
import type { EventRecorder } from '../../lib/kube/kube.ts';
import type { Logger } from '../../lib/logger.ts';
import { gone } from '../../lib/reconcile/outcome.ts';
import type { Reconciler } from '../../lib/reconcile/reconciler.ts';

export interface WorkspacePluginTools extends ObserveTools, ActTools {
  readonly events: EventRecorder;
  readonly logger: Logger;
  readonly random: () => number;
}

export function createWorkspacePluginReconciler(tools: WorkspacePluginTools): Reconciler {
  return {
    name: 'workspace-plugin',
    reconcile: async (name, signal) => {
      const object = tools.plugins.get(name);
      if (object === undefined) return gone;
      const observed = await observe(tools, object, signal);
      const plan = decide(observed);
      const asked = await ask(tools, observed, plan, signal);
      const acted = await act(tools, observed, plan, signal);
      const visit = { observed, plan, asked, acted };
      const { status, event, outcome } = report(visit, tools.clock.now(), tools.random());
      tools.logger.debug('visited', { ...name, plan, outcome });
      if (acted.object === undefined) return outcome;
      await record(tools, acted.object, status, signal);
      if (event !== undefined) tools.events.record(acted.object, event);
      return outcome;
    },
  };
}
