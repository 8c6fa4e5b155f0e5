// What a visit did that is worth remembering, and the Event that tells of it.
import type { WorkspacePluginStatus } from '../api/workspace-plugin.ts';
import { findCondition, toSeconds, type Condition } from '../../lib/reconcile/conditions.ts';
import type { After, Visit } from './afterwards.ts';
import { short } from './observed.ts';
import type { Plan } from './decide.ts';

type Entry = NonNullable<WorkspacePluginStatus['history']>[number];

/** How many entries `status.history` keeps. */
const HISTORY_LIMIT = 10;

/** The history with this visit's entry in front, if it did something; the first failure of a row counts as something. */
export function historyAfter(visit: Visit, before: WorkspacePluginStatus, now: Date): readonly Entry[] {
  const history = before.history ?? [];
  const entry = entryOf(visit, before, now);
  return entry === undefined ? history : [entry, ...history].slice(0, HISTORY_LIMIT);
}

function entryOf({ plan, acted }: Visit, before: WorkspacePluginStatus, now: Date): Entry | undefined {
  const time = toSeconds(now);
  if (plan.kind === 'Approve') {
    const outcome = before.approved === undefined ? 'Adopted' : 'Installed';
    return before.approved?.revision === plan.target.revision
      ? undefined
      : { revision: plan.target.revision, outcome, reason: plan.reason, time };
  }
  if (plan.kind !== 'Install' || acted.change === undefined) return undefined;
  const { revision } = plan.target;
  if (acted.change.ok) return { revision, outcome: outcomeOf(plan), reason: plan.reason, time };
  const { reason } = acted.change.failure;
  const last = before.history?.[0];
  const again = last?.outcome === 'Failed' && last.revision === revision;
  return again || !isFailure(reason) ? undefined : { revision, outcome: 'Failed', reason, time };
}

function outcomeOf(plan: Plan & { kind: 'Install' }): Entry['outcome'] {
  switch (plan.reason) {
    case 'FirstInstall':
      return 'Installed';
    case 'SpecChanged':
    case 'UpstreamChanged':
      return 'Updated';
    case 'FilesChanged':
    case 'Missing':
    case 'Unmarked':
      return 'Repaired';
  }
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
