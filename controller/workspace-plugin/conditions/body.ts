// What one condition says, before its time and generation are known.
import { documented, type ConditionType, type Reason } from '../../api/reasons.ts';
import type { WorkspacePlugin } from '../../api/workspace-plugin.ts';
import { findCondition, type ConditionStatus } from '../../../lib/reconcile/conditions.ts';

export interface Body {
  readonly status: ConditionStatus;
  readonly reason: Reason;
  readonly message: string;
}

/** No source is asked for an object that is being deleted: what was known stays. */
export function beforeDeletion({ metadata, status }: WorkspacePlugin, type: ConditionType): Body | undefined {
  if (metadata.deletionTimestamp === undefined) return undefined;
  const before = findCondition(status?.conditions ?? [], type);
  return before === undefined ? undefined : { ...before, reason: documented(before.reason, 'NotAsked') };
}
