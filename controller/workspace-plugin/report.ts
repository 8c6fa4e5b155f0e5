// The whole status of a WorkspacePlugin after a visit, the Event that tells of it, and when to come back: pure.
import { parseDuration } from '../api/duration.ts';
import type { WorkspacePlugin, WorkspacePluginStatus } from '../api/workspace-plugin.ts';
import { backoffMs } from '../../lib/reconcile/backoff.ts';
import { mergeConditions, toSeconds } from '../../lib/reconcile/conditions.ts';
import { gone, stalled, type Outcome } from '../../lib/reconcile/outcome.ts';
import { afterwards, availableOf, type After } from './afterwards.ts';
import { decide, isDrifted, type InstallReason, type Plan } from './decide.ts';
import { findings, transientFailure } from './findings.ts';
import { eventOf, historyAfter, type Event } from './history.ts';
import { unansweredRequest, type Observed } from './observed.ts';
import type { Visit } from './result.ts';
import { takesUpdates } from './rules/rejected.ts';
import { nextVisitMs } from './schedule.ts';
import { suspendedStatus } from './suspended.ts';

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
  const answered = { observedGeneration: object.metadata.generation, ...answer(visit.observed, object) };
  if (visit.plan.kind === 'Nothing' && visit.plan.reason === 'Suspended') {
    const status = { ...suspendedStatus({ ...visit.observed, object }, now), ...answered };
    return { status, event: undefined, outcome: { kind: 'Settled', requeueAfterMs: undefined } };
  }
  const after = afterwards(visit, now);
  const attempt = nextAttempt(after, now, random);
  const { failures, nextAttemptTime, pendingUpdateRef, ...settled } = after.object.status ?? {};
  const status: WorkspacePluginStatus = {
    ...settled,
    ...answered,
    ...availableOf(after),
    ...(after.pending === undefined ? {} : { pendingUpdateRef: { name: after.pending } }),
    conditions: mergeConditions(before.conditions ?? [], findings(after), object.metadata.generation, now),
    history: historyAfter(visit, before, now),
    ...(attempt === undefined
      ? whenLate(after)
      : { failures: attempt.failures, nextAttemptTime: toSeconds(attempt.time) }),
  };
  const outcome =
    isMoreDue(after, visit.plan) || isToBeAsked(after) ? DUE_NOW : outcomeOf(after, attempt, now);
  return { status, event: eventOf(before, status, after), outcome };
}

/** `requestedAt` is answered by a visit that looked, in the workspace and upstream, and by one that may not look. */
function answer(
  { isOutsideLate }: Observed,
  object: WorkspacePlugin,
): Pick<WorkspacePluginStatus, 'lastHandledReconcileAt'> {
  const requested = unansweredRequest(object);
  return requested === undefined || isOutsideLate ? {} : { lastHandledReconcileAt: requested };
}

interface NextAttempt {
  readonly failures: number;
  readonly afterMs: number;
  readonly time: Date;
}

/**
 * After a failure that may pass: the first retry after `retryInterval`, doubling up to `interval`. What fails in the
 * workspace is tried again at least as often as it is looked at.
 */
function nextAttempt(after: After, now: Date, random: number): NextAttempt | undefined {
  const failure = transientFailure(after);
  if (failure === undefined) return undefined;
  const { source, integrity } = after.object.spec;
  const failures = (after.object.status?.failures ?? 0) + 1;
  const baseMs = parseDuration(source.retryInterval);
  const intervals = [source.interval, ...(isLocal(after) ? [integrity.interval] : [])].map(parseDuration);
  const delay = backoffMs({
    failures,
    baseMs,
    capMs: Math.max(baseMs, Math.min(...intervals)),
    random: () => random,
  });
  const afterMs = Math.max(delay, failure.retryAfterMs ?? 0);
  return { failures, afterMs, time: new Date(now.getTime() + afterMs) };
}

function outcomeOf(after: After, attempt: NextAttempt | undefined, now: Date): Outcome {
  const dueMs = nextVisitMs(after, now);
  if (attempt !== undefined) {
    // A look that is due meanwhile must not cut the back-off of what is tried in the workspace short.
    const afterMs = isLocal(after) ? attempt.afterMs : Math.min(attempt.afterMs, dueMs);
    return { kind: 'Retry', afterMs };
  }
  if (after.rival !== undefined || after.place.state === 'NoWorkspace') return stalled;
  return { kind: 'Settled', requeueAfterMs: dueMs };
}

/** It is the workspace that fails, not the source. */
function isLocal({ place, failed }: After): boolean {
  return failed !== undefined || place.state === 'Unreachable';
}

const DUE_NOW: Outcome = Object.freeze({ kind: 'Settled', requeueAfterMs: 0 });

/** What follows whatever was done before: the update that it held up, and what takes the place of what has failed. */
const AT_ONCE: ReadonlySet<InstallReason> = new Set(['UpstreamChanged', 'UpdateApproved', 'UpdateFailed']);

/** The repair is done, and the sources are still to be heard. */
function isToBeAsked({ isOutsideLate, failed }: After): boolean {
  return isOutsideLate && failed === undefined;
}

/** Nothing is known yet of what failed upstream before. */
function whenLate({
  isOutsideLate,
  object,
}: After): Pick<WorkspacePluginStatus, 'failures' | 'nextAttemptTime'> {
  const { failures, nextAttemptTime } = object.status ?? {};
  if (!isOutsideLate || failures === undefined || nextAttemptTime === undefined) return {};
  return { failures, nextAttemptTime };
}

/**
 * What was approved just now may be followed at once by its repair, by what is left to do of one, by the update that it held
 * up, or by a question; what was rejected, by what takes its place.
 */
function isMoreDue(after: After, plan: Plan): boolean {
  if (after.failed !== undefined || plan.kind === 'Nothing') return false;
  const next = decide({ ...after, wanted: takesUpdates(after) ? after.wanted : undefined, found: undefined });
  if (next.kind === 'Withdraw') return true;
  if (next.kind === 'Nothing') return approves(plan) && after.verdict === undefined && isDrifted(after);
  if (plan.kind === 'Approve' || plan.kind === 'Reject')
    return next.kind === 'Install' || next.kind === 'Finish';
  return next.kind === 'Install' && AT_ONCE.has(next.reason);
}

function approves(plan: Plan): boolean {
  if (plan.kind === 'Install' || plan.kind === 'Finish') return plan.approves;
  return plan.kind === 'Approve';
}
