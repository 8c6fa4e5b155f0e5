// The status of a WorkspacePlugin that is left alone because somebody suspended it.
import { types, type ConditionType, type Reason } from '../api/reasons.ts';
import type { WorkspacePluginStatus } from '../api/workspace-plugin.ts';
import { findCondition, mergeConditions, toSeconds, type Finding } from '../../lib/reconcile/conditions.ts';
import type { Observed } from './observed.ts';

/** What was known stays, for the new generation; `Ready` says since when, and that nothing is under way. */
export function suspendedStatus({ object, place }: Observed, now: Date): WorkspacePluginStatus {
  const { nextAttemptTime, conditions: before = [], ...rest } = object.status ?? {};
  const since =
    /^suspended since (\S+):/.exec(findCondition(before, 'Ready')?.message ?? '')?.[1] ?? toSeconds(now);
  const where = place.state === 'WorkspaceSuspended' ? ` of Workspace ${object.spec.workspaceRef.name}` : '';
  const message = `suspended since ${since}: set spec.suspend${where} to false to go on`;
  const findings = TYPES.map((type) => findingOf(type, findCondition(before, type), message));
  return { ...rest, conditions: mergeConditions(before, findings, object.metadata.generation, now) };
}

const TYPES = Object.values(types);
const REASON: Reason = 'Suspended';

function findingOf(type: ConditionType, before: Finding | undefined, message: string): Finding {
  if (type === 'Reconciling') return { type, status: 'False', reason: REASON, message };
  if (before !== undefined) {
    return {
      type,
      status: before.status,
      reason: before.reason,
      message: type === 'Ready' ? message : before.message,
    };
  }
  return { type, status: type === 'Stalled' ? 'False' : 'Unknown', reason: REASON, message };
}
