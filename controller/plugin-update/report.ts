// The whole status of a PluginUpdate after a visit, the Event that tells of it, and when to come back: pure.
import { parseDuration } from '../api/duration.ts';
import type { PluginUpdateStatus } from '../api/plugin-update.ts';
import type { ConditionType, Reason } from '../api/reasons.ts';
import type { WorkspacePlugin } from '../api/workspace-plugin.ts';
import { reloadClass, type Difference } from '../../lib/bundle/difference.ts';
import { mergeConditions, type Finding } from '../../lib/reconcile/conditions.ts';
import type { Outcome } from '../../lib/reconcile/outcome.ts';
import { isSettled, type Standing } from './decide.ts';
import type { Observed } from './observed.ts';

export interface Report {
  readonly status: PluginUpdateStatus;
  readonly event:
    { readonly type: 'Normal' | 'Warning'; readonly reason: string; readonly message: string } | undefined;
  readonly outcome: Outcome;
}

/** Of each list of paths; as many as the schema takes. */
const PATHS_LIMIT = 50;
/** Characters of one path; as many as the schema takes. */
const PATH_LIMIT = 1_024;

export function report(observed: Observed, standing: Standing): Report {
  const { object, difference, now } = observed;
  const before = object.status ?? {};
  const { generation } = object.metadata;
  const { fromRevision, toRevision } = object.spec;
  const status: PluginUpdateStatus = {
    ...before,
    observedGeneration: generation,
    phase: standing.phase,
    ...(fromRevision === undefined ? {} : { from: short(fromRevision) }),
    to: short(toRevision),
    ...changesOf(before, difference),
    conditions: mergeConditions(before.conditions ?? [], findings(standing), generation, now),
  };
  return { status, event: eventOf(observed, standing), outcome: outcomeOf(observed) };
}

/** What nobody could compare is for a restart, as everything unknown is. */
function changesOf(
  { changes, reload = 'Restart' }: PluginUpdateStatus,
  difference: Observed['difference'],
): Pick<PluginUpdateStatus, 'changes' | 'reload'> {
  if (difference?.ok === true)
    return { changes: listed(difference.value), reload: reloadClass(difference.value) };
  return changes === undefined ? { reload } : { changes, reload };
}

function listed({ added, modified, removed }: Difference): NonNullable<PluginUpdateStatus['changes']> {
  const first = (paths: readonly string[]) =>
    paths.slice(0, PATHS_LIMIT).map((path) => path.slice(0, PATH_LIMIT));
  const truncated = [added, modified, removed].some(({ length }) => length > PATHS_LIMIT);
  return { added: first(added), modified: first(modified), removed: first(removed), truncated };
}

interface TypedFinding extends Finding {
  readonly type: ConditionType;
  readonly reason: Reason;
}

/** Ready mirrors Applied: it is True once the proposed revision is installed, and only then. */
function findings({ phase, reason, message }: Standing): readonly TypedFinding[] {
  const applied = { status: phase === 'Applied' ? 'True' : 'False', reason, message } as const;
  return [
    { type: 'Ready', ...applied },
    { type: 'Applied', ...applied },
    phase === 'Superseded'
      ? { type: 'Superseded', status: 'True', reason, message }
      : {
          type: 'Superseded',
          status: 'False',
          reason: 'Current',
          message: 'no other question has taken its place',
        },
    phase === 'Failed'
      ? { type: 'Failed', status: 'True', reason, message }
      : {
          type: 'Failed',
          status: 'False',
          reason: 'NotFailed',
          message: 'no attempt to install it was given up',
        },
  ];
}

/** The plugin's own Events tell of what is asked and installed; only what a person would miss there is told here. */
function eventOf({ object }: Observed, { phase, reason, message }: Standing): Report['event'] {
  const isNews =
    object.status?.phase !== phase || object.metadata.generation !== object.status.observedGeneration;
  const isTrouble = phase === 'Failed' || reason === 'DecisionRefused';
  return isNews && isTrouble ? { type: 'Warning', reason, message } : undefined;
}

/** A comparison that failed is tried again, as seldom as it has been waited for, within what the source's spec says. */
function outcomeOf({ object, plugin, difference, now }: Observed): Outcome {
  if (difference?.ok !== false || difference.failure.kind === 'Permanent' || isSettled(object)) {
    return { kind: 'Settled', requeueAfterMs: undefined };
  }
  const waitedMs = now.getTime() - Date.parse(object.metadata.creationTimestamp);
  return { kind: 'Retry', afterMs: within(plugin, Math.max(waitedMs, difference.failure.retryAfterMs ?? 0)) };
}

function within(plugin: WorkspacePlugin | undefined, ms: number): number {
  const { retryInterval, interval } = plugin?.spec.source ?? { retryInterval: '30s', interval: '1h' };
  return Math.max(parseDuration(retryInterval), Math.min(parseDuration(interval), ms));
}

function short(revision: string): string {
  return revision.replace(/^sha256:/, '').slice(0, 12);
}
