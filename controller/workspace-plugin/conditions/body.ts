// What one condition says, before its time and generation are known.
import type { Reason } from '../../api/reasons.ts';
import type { ConditionStatus } from '../../../lib/reconcile/conditions.ts';

export interface Body {
  readonly status: ConditionStatus;
  readonly reason: Reason;
  readonly message: string;
}
