// What a visit did that is worth remembering, and the Event that tells of it.
import type { WorkspacePluginStatus } from '../api/workspace-plugin.ts';
import { findCondition, toSeconds, type Condition } from '../../lib/reconcile/conditions.ts';
import type { After } from './afterwards.ts';
import { short } from './observed.ts';
import type { Plan, TrialReason } from './decide.ts';
import { resultOf, type Visit } from './result.ts';

type Entry = NonNullable<WorkspacePluginStatus['history']>[number];

/** How many entries `status.history` keeps. */
const HISTORY_LIMIT = 10;

/** The history with this visit's entry in front, if it did something; the first failure of a row counts as something. */
export function historyAfter(visit: Visit, before: WorkspacePluginStatus, now: Date): readonly Entry[] {
  const history = before.history ?? [];
  const entry = entryOf(visit, before, now);
  return entry === undefined ? history : [entry, ...history].slice(0, HISTORY_LIMIT);
}

function entryOf(visit: Visit, before: WorkspacePluginStatus, now: Date): Entry | undefined {
  const time = toSeconds(now);
  const { plan, acted } = visit;
  const { failed, verdict, passed } = resultOf(visit);
  if (verdict !== undefined) {
    const outcome = verdict.reason === 'Dismissed' ? 'Dismissed' : 'Failed';
    return { revision: verdict.target.revision, outcome, reason: verdict.reason, time };
  }
  if (plan.kind === 'Approve') {
    const { revision } = plan.target;
    return before.approved?.revision === revision
      ? undefined
      : { revision, ...foundBy(plan, before.approved), time };
  }
  if (plan.kind !== 'Install' && plan.kind !== 'Finish' && plan.kind !== 'Withdraw') return undefined;
  const { revision } = plan.target;
  const isMade = acted.change?.ok === true;
  // A repair is done with its change; what was on trial, once it has passed.
  const isDone = plan.kind === 'Withdraw' || !plan.approves ? isMade : passed !== undefined;
  if (isDone) return { revision, ...doneBy(plan), time };
  if (failed === undefined) return undefined;
  const last = before.history?.[0];
  const again = last?.outcome === 'Failed' && last.revision === revision;
  return again || !isFailure(failed.reason)
    ? undefined
    : { revision, outcome: 'Failed', reason: failed.reason, time };
}

/** Other content than the approved one was put there by a visit that could not say so any more. */
function foundBy(
  { target, reason, trial }: Plan & { kind: 'Approve' },
  approved: WorkspacePluginStatus['approved'],
): Pick<Entry, 'outcome' | 'reason'> {
  if (approved === undefined) return { outcome: 'Adopted', reason };
  if (trial === undefined || approved.digest === target.digest) return { outcome: 'Installed', reason };
  return triedFor(trial);
}

function doneBy(plan: Plan & { kind: 'Install' | 'Finish' | 'Withdraw' }): Pick<Entry, 'outcome' | 'reason'> {
  const reason = plan.kind === 'Withdraw' ? 'FirstInstallFailed' : plan.reason;
  switch (reason) {
    case 'FirstInstall':
    case 'SpecChanged':
    case 'UpstreamChanged':
    case 'UpdateApproved':
      return triedFor(reason);
    case 'FilesChanged':
    case 'Missing':
    case 'Unmarked':
    case 'Repaired':
      return { outcome: 'Repaired', reason };
    case 'FirstInstallFailed':
    case 'UpdateFailed':
    case 'UpdateWithdrawn':
      return { outcome: 'RolledBack', reason };
  }
}

function triedFor(reason: TrialReason): Pick<Entry, 'outcome' | 'reason'> {
  return { outcome: reason === 'FirstInstall' ? 'Installed' : 'Updated', reason };
}

/** Waiting for another command in the workspace is no failure. */
function isFailure(reason: string): boolean {
  return reason !== 'Locked' && reason !== 'StaleTicket';
}

export interface Event {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

/** One Event per change of outcome: what was done, or the condition that turned bad. */
export function eventOf(
  before: WorkspacePluginStatus,
  next: WorkspacePluginStatus,
  after: After,
): Event | undefined {
  const done = next.history?.[0] === before.history?.[0] ? undefined : next.history?.[0];
  if (after.verdict?.reason === 'Quarantined') {
    const { target, message } = after.verdict;
    const what = `revision ${short(target.revision)} of plugin ${after.object.spec.pluginName}`;
    return { type: 'Warning', reason: 'Quarantined', message: `${what}: ${message}` };
  }
  if (done !== undefined && done.outcome !== 'Failed') {
    return { type: 'Normal', reason: done.outcome, message: doneMessage(done, after) };
  }
  const bad = ['Stalled', 'Ready', 'SourceReady', 'Drifted']
    .map((type) => findCondition(next.conditions ?? [], type))
    .find(
      (condition) =>
        condition !== undefined && isTrouble(condition) && isNews(condition, before.conditions ?? []),
    );
  if (bad === undefined) {
    // An update or a repair that fails may leave every condition as it was.
    if (done === undefined || after.failed === undefined) return undefined;
    const message = `${doneMessage(done, after)}: ${after.failed.message}`;
    return { type: 'Warning', reason: 'InstallFailed', message };
  }
  return { type: bad.type === 'Drifted' ? 'Normal' : 'Warning', reason: bad.reason, message: bad.message };
}

function isTrouble({ type, status }: Condition): boolean {
  return type === 'Stalled' || type === 'Drifted' ? status === 'True' : status === 'False';
}

function isNews({ type, status, reason }: Condition, before: readonly Condition[]): boolean {
  const old = findCondition(before, type);
  return old?.status !== status || old.reason !== reason;
}

function doneMessage({ revision, reason }: Entry, { object }: After): string {
  const what = `revision ${short(revision)} of plugin ${object.spec.pluginName} in workspace ${object.spec.workspaceRef.name}`;
  return `${what} (${reason})`;
}
