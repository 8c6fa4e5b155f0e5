// Situations in which an update may be: what it says itself, what its plugin says, and what time it is.
import type {
  PluginUpdate,
  PluginUpdateSpec,
  PluginUpdateStatus,
} from '../../../../controller/api/plugin-update.ts';
import type { WorkspacePlugin, WorkspacePluginStatus } from '../../../../controller/api/workspace-plugin.ts';
import { decide, type Phase, type Plan } from '../../../../controller/plugin-update/decide.ts';
import type { Observed } from '../../../../controller/plugin-update/observed.ts';
import { isCurrent } from '../../../../controller/update-name.ts';
import { mergeConditions } from '../../../../lib/reconcile/conditions.ts';
import { approving, candidate, NOW, tracking, withStatus, workspacePlugin } from '../../builders.ts';
import { pluginUpdate } from '../../update-builder.ts';

export const [one, two, three] = [candidate(1), candidate(2), candidate(3)];
const plugin = workspacePlugin(tracking('tag:latest'), approving(one));
export const approved: Partial<PluginUpdateSpec> = { decision: 'Approved', decidedBy: 'jane' };
export const dismissed: Partial<PluginUpdateSpec> = {
  decision: 'Dismissed',
  decidedBy: 'jane',
  reason: 'too early',
};
export const rejectedOne = (reason: 'Dismissed' | 'Quarantined', time = '2026-05-08T14:15:20Z') => ({
  ...{ revision: two.revision, digest: two.digest, reason, message: 'it failed', time },
});
export const rejected = (...one: Parameters<typeof rejectedOne>) => ({ rejected: [rejectedOne(...one)] });

export function reported(phase: Phase, reason: string, message = 'as it was'): PluginUpdateStatus {
  const ready = { type: 'Ready', status: 'False', reason, message } as const;
  return { phase, conditions: mergeConditions([], [ready], 1, NOW) };
}

/** Reported first when our clock was half a minute behind: it was made at 14:15:00 by the API server's. */
export const reportedBehind: PluginUpdateStatus = {
  phase: 'Pending',
  conditions: mergeConditions(
    [],
    [{ type: 'Ready', status: 'False', reason: 'AwaitingApproval', message: 'waits' }],
    1,
    new Date('2026-05-08T14:14:30Z'),
  ),
};

export interface Situation {
  readonly spec?: Partial<PluginUpdateSpec>;
  readonly status?: PluginUpdateStatus;
  /** What the plugin says: by default that it waits for this update. */
  readonly says?: WorkspacePluginStatus;
  readonly modify?: (plugin: WorkspacePlugin) => WorkspacePlugin;
  readonly named?: boolean;
  readonly now?: Date;
}

export function observedIn({
  spec,
  status,
  says = {},
  modify = (it) => it,
  named = true,
  now = NOW,
}: Situation): Observed {
  const object: PluginUpdate = pluginUpdate(plugin, two, {
    ...(spec === undefined ? {} : { spec }),
    ...(status === undefined ? {} : { status }),
  });
  const ref = named ? { pendingUpdateRef: { name: object.metadata.name } } : {};
  const owner = modify(withStatus<WorkspacePlugin>({ ...ref, ...says })(plugin));
  return { now, object, plugin: owner, isCurrent: isCurrent(object, owner), later: 0, difference: undefined };
}

export function standing(situation: Situation): string {
  const plan = decide(observedIn(situation));
  return plan.kind === 'Report' ? `${plan.standing.phase} ${plan.standing.reason}` : plan.kind;
}

export function message(plan: Plan): string {
  return plan.kind === 'Report' ? plan.standing.message : '';
}

export const moved = (object: WorkspacePlugin) => approving(three, { time: '2026-05-08T14:15:10Z' })(object);
export const done = (object: WorkspacePlugin) => approving(two, { time: '2026-05-08T14:15:10Z' })(object);
export const historyOne = (outcome: string) => ({
  ...{ revision: two.revision, outcome, reason: 'UpdateApproved', time: '2026-05-08T14:15:10Z' },
});
export const history = (outcome: string) => ({ history: [historyOne(outcome)] });
export const withoutStatus = ({ status, ...rest }: WorkspacePlugin): WorkspacePlugin =>
  status === undefined ? rest : rest;
export const other = { pendingUpdateRef: { name: 'browser-other' } };
export const pending = reported('Pending', 'AwaitingApproval');
export const superseded = reported('Superseded', 'NewerRevision');
