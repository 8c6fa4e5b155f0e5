// What one condition says, before its time and generation are known.
import { documented, type ConditionType, type Reason } from '../../api/reasons.ts';
import type { WorkspacePlugin } from '../../api/workspace-plugin.ts';
import type { Observed } from '../observed.ts';
import { findCondition, type ConditionStatus } from '../../../lib/reconcile/conditions.ts';

export interface Body {
  readonly status: ConditionStatus;
  readonly reason: Reason;
  readonly message: string;
}

/** No source is asked for an object that is being deleted, and a repair waits for none: what was known stays. */
export function whenNotAsked(
  observed: Pick<Observed, 'object' | 'isOutsideLate'>,
  type: ConditionType,
): Body | undefined {
  return observed.object.metadata.deletionTimestamp === undefined
    ? whenLate(observed, type)
    : known(observed.object, type);
}

/** What was known before a repair that did not wait for the sources. */
export function whenLate(
  { object, isOutsideLate }: Pick<Observed, 'object' | 'isOutsideLate'>,
  type: ConditionType,
): Body | undefined {
  return isOutsideLate ? known(object, type) : undefined;
}

function known({ status }: WorkspacePlugin, type: ConditionType): Body | undefined {
  const before = findCondition(status?.conditions ?? [], type);
  return before === undefined ? undefined : { ...before, reason: documented(before.reason, 'NotAsked') };
}
