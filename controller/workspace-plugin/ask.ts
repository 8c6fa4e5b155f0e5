// Asks a person: makes the PluginUpdate of a question that is open.
import { API_VERSION, PLUGIN_UPDATE, WORKSPACE_PLUGIN } from '../api/group.ts';
import type { PluginUpdate } from '../api/plugin-update.ts';
import { isTagMoved, isUnapproved, type Plan } from './decide.ts';
import type { Observed, Proposal } from './observed.ts';
import { isOpen } from './rules/question.ts';
import { attempt, TransientError, type Attempt } from '../../lib/errors.ts';
import type { Cache, KubeClient } from '../../lib/kube/kube.ts';

export interface AskPeopleTools {
  readonly kube: KubeClient;
  readonly updates: Cache<PluginUpdate>;
}

/**
 * The name of the PluginUpdate, if one had to be made; undefined where nothing is open, or it is there already. What is
 * done in the workspace goes on meanwhile, and also where this fails.
 */
export async function ask(
  { kube, updates }: AskPeopleTools,
  observed: Observed,
  plan: Plan,
  signal: AbortSignal,
): Promise<Attempt<string> | undefined> {
  const { object, proposal } = observed;
  if (proposal === undefined || proposal.update !== undefined) return undefined;
  // Nobody is asked about a first install that cannot be made yet, or that is there already.
  if (isUnapproved(observed) && !isAwaited(plan)) return undefined;
  if (!isOpen(observed, isTagMoved(observed))) return undefined;
  const { namespace } = object.metadata;
  return attempt(async () => {
    try {
      updates.wrote(await kube.create(PLUGIN_UPDATE, namespace, updateFor(observed, proposal), signal));
    } catch (error) {
      // It was there already, made by a visit whose end nobody saw: the watch is about to tell of it.
      if (!(error instanceof TransientError && error.reason === 'Conflict')) throw error;
    }
    return proposal.name;
  });
}

function isAwaited(plan: Plan): boolean {
  return plan.kind === 'Nothing' && plan.reason === 'AwaitingApproval';
}

function updateFor({ object }: Observed, { name, target }: Proposal): object {
  const { uid, name: plugin } = object.metadata;
  const owner = { apiVersion: API_VERSION, kind: WORKSPACE_PLUGIN.kind, name: plugin, uid, controller: true };
  const { approved } = object.status ?? {};
  return {
    metadata: { name, ownerReferences: [owner] },
    spec: {
      pluginRef: { name: plugin },
      ...(approved === undefined ? {} : { fromRevision: approved.revision }),
      toRevision: target.revision,
      ref: target.ref,
    },
  };
}
