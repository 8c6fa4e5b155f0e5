// The whole status of a Workspace after a visit, the Event that tells of it, and when to come back: pure.
import { REQUESTED_AT } from '../api/group.ts';
import { documented, type ConditionType, type Reason } from '../api/reasons.ts';
import type { WorkspaceStatus } from '../api/workspace.ts';
import { findCondition, mergeConditions, type Finding } from '../../lib/reconcile/conditions.ts';
import type { Outcome } from '../../lib/reconcile/outcome.ts';
import { FOLLOW_MS } from './decide.ts';
import type { Observed } from './observe.ts';

export interface Report {
  readonly status: WorkspaceStatus;
  readonly event:
    { readonly type: 'Normal' | 'Warning'; readonly reason: string; readonly message: string } | undefined;
  readonly outcome: Outcome;
}

/** How often a workspace is asked whether it is still there; costs no command in it. */
const PROBE_INTERVAL_MS = 30_000;
/** The wait after the first failure; it doubles, as every wait is about as long as all before it. */
const FIRST_RETRY_MS = 1_000;
const UNMANAGED_LIMIT = 20;

/** @param random in [0, 1): jitter of the next probe */
export function report(observed: Observed, now: Date, random: number): Report {
  const { object } = observed;
  const before = object.status ?? {};
  const requested = object.metadata.annotations?.[REQUESTED_AT];
  const status: WorkspaceStatus = {
    ...before,
    observedGeneration: object.metadata.generation,
    ...(requested === undefined ? {} : { lastHandledReconcileAt: requested }),
    ...runtimeOf(observed),
    plugins: {
      declared: observed.plugins.declared.length,
      installed: observed.plugins.installed,
      drifted: observed.plugins.drifted,
    },
    conditions: mergeConditions(before.conditions ?? [], findings(observed), object.metadata.generation, now),
  };
  return { status, event: eventOf(before, status), outcome: outcomeOf(observed, now, random) };
}

function runtimeOf({ object, reached, plugins }: Observed): Pick<WorkspaceStatus, 'runtime' | 'unmanaged'> {
  if (reached?.ok !== true) return {};
  const { instance, listing } = reached.value;
  const kind = object.spec.runtime.docker === undefined ? 'directory' : 'docker';
  const declared = new Set(plugins.declared);
  return {
    runtime: { kind, swapMode: listing.swapMode, instance },
    unmanaged: listing.folders.filter((name) => !declared.has(name)).slice(0, UNMANAGED_LIMIT),
  };
}

interface TypedFinding extends Finding {
  readonly type: ConditionType;
  readonly reason: Reason;
}

function findings({ object, reached, plugins }: Observed): readonly TypedFinding[] {
  const calm = [
    { type: 'Reconciling', status: 'False', reason: 'Settled', message: 'nothing is under way' },
    { type: 'Stalled', status: 'False', reason: 'NotStalled', message: 'nothing waits for a person' },
  ] as const;
  if (object.metadata.deletionTimestamp !== undefined) {
    const message =
      plugins.leaving > 0
        ? `being deleted: ${plugins.leaving} of its plugins are still cleaning up`
        : 'being deleted: its plugins may be deleted too, and would clean up first';
    return [
      { type: 'Ready', status: 'False', reason: 'Deleting', message },
      { ...calm[0], status: 'True', reason: 'Deleting', message },
      calm[1],
    ];
  }
  if (reached === undefined) {
    const message = 'suspended: set spec.suspend to false to go on';
    return [{ type: 'Ready', status: 'Unknown', reason: 'Suspended', message }, ...calm];
  }
  if (reached.ok)
    return [{ type: 'Ready', status: 'True', reason: 'Reachable', message: 'reachable' }, ...calm];
  const { kind, message } = reached.failure;
  if (kind === 'Permanent') {
    const reason = documented(reached.failure.reason, 'WorkspaceUnreachable');
    return [
      { type: 'Ready', status: 'False', reason, message },
      calm[0],
      { type: 'Stalled', status: 'True', reason, message },
    ];
  }
  return [
    { type: 'Ready', status: 'Unknown', reason: 'WorkspaceUnreachable', message },
    { type: 'Reconciling', status: 'True', reason: 'Retrying', message: `trying again: ${message}` },
    calm[1],
  ];
}

/** One Event when the workspace becomes reachable, and one when it stops being so. */
function eventOf(before: WorkspaceStatus, next: WorkspaceStatus): Report['event'] {
  const [old, ready] = [before, next].map(({ conditions }) => findCondition(conditions ?? [], 'Ready'));
  if (ready === undefined || (old?.status === ready.status && old.reason === ready.reason)) return undefined;
  const isTrouble = ready.status !== 'True' && ready.reason !== 'Suspended' && ready.reason !== 'Deleting';
  return {
    type: isTrouble ? 'Warning' : 'Normal',
    reason: ready.reason,
    message: ready.message,
  };
}

function outcomeOf({ object, reached, plugins }: Observed, now: Date, random: number): Outcome {
  const afterMs = PROBE_INTERVAL_MS * (0.9 + 0.2 * random);
  if (object.metadata.deletionTimestamp !== undefined) {
    return { kind: 'Settled', requeueAfterMs: plugins.leaving > 0 ? undefined : FOLLOW_MS };
  }
  if (reached === undefined) {
    return { kind: 'Settled', requeueAfterMs: undefined };
  }
  if (reached.ok || reached.failure.kind === 'Permanent') return { kind: 'Settled', requeueAfterMs: afterMs };
  // An unreachable workspace is asked more often at first: it may just be starting.
  const ready = findCondition(object.status?.conditions ?? [], 'Ready');
  const waitedMs =
    ready?.reason === 'WorkspaceUnreachable' ? now.getTime() - Date.parse(ready.lastTransitionTime) : 0;
  const delayMs = Math.min(PROBE_INTERVAL_MS, Math.max(FIRST_RETRY_MS, waitedMs));
  return { kind: 'Retry', afterMs: Math.round(delayMs * (0.5 + 0.5 * random)) };
}
