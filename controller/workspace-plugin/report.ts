// The whole status of a WorkspacePlugin after a visit, the Event that tells of it, and when to come back: pure.
import { REQUESTED_AT } from '../api/group.ts';
import { parseDuration } from '../api/duration.ts';
import type { WorkspacePlugin, WorkspacePluginStatus } from '../api/workspace-plugin.ts';
import { backoffMs } from '../../lib/reconcile/backoff.ts';
import { findCondition, mergeConditions, toSeconds } from '../../lib/reconcile/conditions.ts';
import { gone, stalled, type Outcome } from '../../lib/reconcile/outcome.ts';
import { afterwards, availableOf, type After, type Visit } from './afterwards.ts';
import { isDrifted, isTagMoved } from './decide.ts';
import { findings, heldFindings, permanentFailure, transientFailure } from './findings.ts';
import { eventOf, historyAfter, type Event } from './history.ts';
import { unansweredRequest } from './observed.ts';
import { nextVisitMs } from './schedule.ts';

export interface Report {
  readonly status: WorkspacePluginStatus;
  readonly event: Event | undefined;
  readonly outcome: Outcome;
}

/** @param random in [0, 1): the jitter of a retry */
export function report(visit: Visit, now: Date, random: number): Report {
  const object = visit.acted.object ?? visit.observed.object;
  const before = object.status ?? {};
  if (visit.acted.object === undefined) return { status: before, event: undefined, outcome: gone };
  const answered = { observedGeneration: object.metadata.generation, ...answer(object) };
  if (visit.plan.kind === 'Nothing' && visit.plan.reason === 'Suspended') {
    return held({ ...before, ...answered }, object, now);
  }
  const after = afterwards(visit, now);
  const attempt = nextAttempt(after, now, random);
  const { failures, nextAttemptTime, ...settled } = after.object.status ?? {};
  const status: WorkspacePluginStatus = {
    ...settled,
    ...answered,
    ...availableOf(after, now),
    conditions: mergeConditions(before.conditions ?? [], findings(after), object.metadata.generation, now),
    history: historyAfter(visit, before, now),
    ...(attempt === undefined
      ? {}
      : { failures: attempt.failures, nextAttemptTime: toSeconds(attempt.time) }),
  };
  return { status, event: eventOf(before, status, after), outcome: outcomeOf(after, attempt, now) };
}

/** `requestedAt` is answered by a visit that looked, and by one that may not look. */
function answer(object: WorkspacePlugin): Pick<WorkspacePluginStatus, 'lastHandledReconcileAt'> {
  const requested = unansweredRequest(object, REQUESTED_AT);
  return requested === undefined ? {} : { lastHandledReconcileAt: requested };
}

/** Left alone: the conditions stay, the message says since when. */
function held(status: WorkspacePluginStatus, object: WorkspacePlugin, now: Date): Report {
  const before = status.conditions ?? [];
  const since =
    /^suspended since (\S+):/.exec(findCondition(before, 'Ready')?.message ?? '')?.[1] ?? toSeconds(now);
  const message = `suspended since ${since}: set spec.suspend to false to go on`;
  const conditions = mergeConditions(before, heldFindings(before, message), object.metadata.generation, now);
  return {
    status: { ...status, conditions },
    event: undefined,
    outcome: { kind: 'Settled', requeueAfterMs: undefined },
  };
}

interface NextAttempt {
  readonly failures: number;
  readonly afterMs: number;
  readonly time: Date;
}

/** After a failure that may pass: the first retry after `retryInterval`, doubling up to `interval`. */
function nextAttempt(after: After, now: Date, random: number): NextAttempt | undefined {
  const failure = transientFailure(after);
  if (failure === undefined) return undefined;
  const { source } = after.object.spec;
  const failures = (after.object.status?.failures ?? 0) + 1;
  const baseMs = parseDuration(source.retryInterval);
  const delay = backoffMs({
    failures,
    baseMs,
    capMs: Math.max(baseMs, parseDuration(source.interval)),
    random: () => random,
  });
  const afterMs = Math.max(delay, failure.retryAfterMs ?? 0);
  return { failures, afterMs, time: new Date(now.getTime() + afterMs) };
}

function outcomeOf(after: After, attempt: NextAttempt | undefined, now: Date): Outcome {
  const dueMs = nextVisitMs(after, now);
  if (attempt !== undefined) return { kind: 'Retry', afterMs: Math.min(attempt.afterMs, dueMs) };
  if (after.rival !== undefined || after.place.state === 'NoWorkspace') return stalled;
  if (permanentFailure(after) !== undefined) return { kind: 'Settled', requeueAfterMs: dueMs };
  return { kind: 'Settled', requeueAfterMs: isUpdateDue(after) ? 0 : dueMs };
}

/** The revision that the spec names is in place, and a newer one may follow at once. */
function isUpdateDue(after: After): boolean {
  return after.object.spec.update.approval === 'Automatic' && isDrifted(after) && !isTagMoved(after);
}
