// How far one PluginUpdate is: a pure function of itself and of what its plugin says.
import type { PluginUpdate, PluginUpdateStatus } from '../api/plugin-update.ts';
import type { Reason } from '../api/reasons.ts';
import type { WorkspacePlugin } from '../api/workspace-plugin.ts';
import { findCondition } from '../../lib/reconcile/conditions.ts';
import type { Observed } from './observed.ts';

export type Phase = NonNullable<PluginUpdateStatus['phase']>;

export interface Standing {
  readonly phase: Phase;
  readonly reason: Reason;
  readonly message: string;
}

export type Plan =
  /** One of the old ones, which nobody needs any more. */
  | { readonly kind: 'Prune' }
  | { readonly kind: 'Report'; readonly standing: Standing }
  /** Nothing can be said now: its plugin is gone or says nothing yet; `againAfterMs` where time alone may tell. */
  | { readonly kind: 'Wait'; readonly againAfterMs: number | undefined };

/** How many decided ones are kept for each plugin, and how many others that are settled. */
export const KEPT = 5;

/** The visit that makes an update names it in the plugin's status right after; no longer than this, milliseconds. */
const NAMED_WITHIN_MS = 60_000;

const SETTLED: ReadonlySet<Phase | undefined> = new Set<Phase>([
  'Applied',
  'Dismissed',
  'Superseded',
  'Failed',
]);

/** Nothing more happens because of it; save that a superseded question may come back while nobody has decided it. */
export function isSettled({ status }: PluginUpdate): boolean {
  return SETTLED.has(status?.phase);
}

export function decide(observed: Observed): Plan {
  const { object, plugin, later } = observed;
  if (plugin === undefined) return { kind: 'Wait', againAfterMs: undefined };
  const standing = standingOf(observed, plugin);
  if (standing === undefined) return { kind: 'Wait', againAfterMs: unnamedForMs(observed) };
  if (isSettled(object) && SETTLED.has(standing.phase) && later >= KEPT) return { kind: 'Prune' };
  return { kind: 'Report', standing };
}

/** Asks each rule in turn; the first that has something to say decides. */
function standingOf(observed: Observed, plugin: WorkspacePlugin): Standing | undefined {
  return (
    whenOver(observed) ?? // what has become of a decision is told once
    whenDismissed(observed, plugin) ??
    whenFailed(observed, plugin) ??
    whenApplied(observed, plugin) ?? // it is no longer current then
    whenOutOfDate(observed, plugin) ??
    whenAsked(observed, plugin)
  );
}

function whenOver({ object }: Observed): Standing | undefined {
  const { status, spec } = object;
  const phase = status?.phase;
  if (phase === undefined || !SETTLED.has(phase) || spec.decision === undefined) return undefined;
  const before = findCondition(status?.conditions ?? [], 'Ready');
  if (before === undefined) return undefined;
  if (phase === 'Superseded' && before.reason !== 'DecisionRefused') return refused(object, before.message);
  return { phase, reason: before.reason as Reason, message: before.message };
}

function refused({ spec }: PluginUpdate, why: string): Standing {
  const what = spec.decision === 'Approved' ? 'approval' : 'dismissal';
  const message = `the ${what} by ${spec.decidedBy ?? ''} came too late and has no effect: ${why}`;
  return { phase: 'Superseded', reason: 'DecisionRefused', message };
}

/** Its plugin has it on record, or is about to: it reads the update that it names, and no other. */
function whenDismissed({ object, isCurrent }: Observed, { status }: WorkspacePlugin): Standing | undefined {
  const { decision, decidedBy = '', toRevision, reason } = object.spec;
  if (decision !== 'Dismissed') return undefined;
  const isKnown = status?.rejected?.some(({ revision }) => revision === toRevision) === true;
  const isNamed = isCurrent && status?.pendingUpdateRef?.name === object.metadata.name;
  if (!isNamed && !isKnown) return undefined;
  const message = `dismissed by ${decidedBy}${reason === undefined ? '' : `: ${reason}`}`;
  return { phase: 'Dismissed', reason: 'Dismissed', message };
}

function whenFailed({ object }: Observed, { status }: WorkspacePlugin): Standing | undefined {
  const { decision, toRevision } = object.spec;
  if (decision !== 'Approved') return undefined;
  const rejection = status?.rejected?.find(
    ({ revision, reason, time }) =>
      revision === toRevision && reason === 'Quarantined' && time >= since(object),
  );
  return rejection && { phase: 'Failed', reason: 'Quarantined', message: rejection.message };
}

/**
 * What the plugin has on record from then on concerns this update. The API server's clock says when it was made, ours when it
 * was reported first, which was before anybody could decide: the earlier counts, since what is compared is of our clock.
 */
function since({ metadata, status }: PluginUpdate): string {
  const times = (status?.conditions ?? []).map(({ lastTransitionTime }) => lastTransitionTime);
  return [metadata.creationTimestamp, ...times].reduce((a, b) => (b < a ? b : a));
}

function whenApplied({ object }: Observed, { metadata, status }: WorkspacePlugin): Standing | undefined {
  const { decision, toRevision, decidedBy = '' } = object.spec;
  if (decision !== 'Approved') return undefined;
  const isDone =
    status?.approved?.revision === toRevision ||
    status?.history?.some(
      ({ revision, outcome, time }) =>
        revision === toRevision && outcome !== 'Failed' && time >= since(object),
    ) === true;
  const message = `approved by ${decidedBy}, and installed as ${metadata.name} says`;
  return isDone ? { phase: 'Applied', reason: 'Installed', message } : undefined;
}

/** Another question has taken its place, or there is none any more. */
function whenOutOfDate({ object, isCurrent, now }: Observed, plugin: WorkspacePlugin): Standing | undefined {
  const named = plugin.status?.pendingUpdateRef?.name;
  if (isCurrent && named === object.metadata.name) return undefined;
  const isNew = object.status?.phase === undefined;
  if (isCurrent && isNew && ageMs(object, now) < NAMED_WITHIN_MS) return undefined;
  const standing = { phase: 'Superseded', ...whyOutOfDate(isCurrent, plugin, named) } as const;
  return object.spec.decision === undefined ? standing : refused(object, standing.message);
}

function whyOutOfDate(
  isCurrent: boolean,
  { metadata, status }: WorkspacePlugin,
  named: string | undefined,
): Pick<Standing, 'reason' | 'message'> {
  if (!isCurrent) {
    const message = `WorkspacePlugin ${metadata.name} has another approved revision or source than when this was proposed`;
    return { reason: 'ApprovedRevisionChanged', message };
  }
  if (named !== undefined) {
    return { reason: 'NewerRevision', message: `PluginUpdate ${named} asks about a newer revision` };
  }
  const newest = status?.available === undefined ? '' : `; ${status.available.short} is the newest`;
  return { reason: 'NoLongerOffered', message: `upstream does not offer it any more${newest}` };
}

function whenAsked({ object, isCurrent }: Observed, plugin: WorkspacePlugin): Standing | undefined {
  if (!isCurrent || plugin.status?.pendingUpdateRef?.name !== object.metadata.name) return undefined;
  const { decision, decidedBy = '' } = object.spec;
  if (decision === undefined) {
    const message = 'waits for a decision: set spec.decision and spec.decidedBy';
    return { phase: 'Pending', reason: 'AwaitingApproval', message };
  }
  return underWay(object, plugin, `approved by ${decidedBy}`);
}

/** How far it is. */
function underWay({ spec }: PluginUpdate, { metadata, status }: WorkspacePlugin, what: string): Standing {
  const last = status?.history?.[0];
  const isTried = last?.outcome === 'Failed' && last.revision === spec.toRevision;
  const isThere = status?.installed?.revision === spec.toRevision;
  const message = `${what}; ${howFar(status) ?? `about to be installed, see WorkspacePlugin ${metadata.name}`}`;
  return { phase: isTried || isThere ? 'Applying' : 'Approved', reason: 'Installing', message };
}

/** In the words of the plugin's own conditions, where they have some for it. */
function howFar(status: WorkspacePlugin['status']): string | undefined {
  const drifted = findCondition(status?.conditions ?? [], 'Drifted');
  if (drifted?.reason === 'UpdateApproved') return drifted.message;
  return drifted?.reason === 'SourceUnavailable' ? `waits for its source: ${drifted.message}` : undefined;
}

/** How long it may still take until its plugin names it; undefined where time changes nothing. */
function unnamedForMs({ object, isCurrent, now }: Observed): number | undefined {
  if (!isCurrent || object.status?.phase !== undefined) return undefined;
  return Math.max(0, NAMED_WITHIN_MS - ageMs(object, now));
}

function ageMs({ metadata }: PluginUpdate, now: Date): number {
  return now.getTime() - Date.parse(metadata.creationTimestamp);
}
