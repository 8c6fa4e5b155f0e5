// What the conditions of a WorkspacePlugin say after a visit: one pure function a condition.
import { documented, type ConditionType } from '../api/reasons.ts';
import type { Failure } from '../../lib/errors.ts';
import { heldBack, isUnapproved } from './decide.ts';
import { isAnswered, questionOf, short } from './observed.ts';
import { windowProblem } from './rules/waiting.ts';
import { whenLate, whenNotAsked, type Body } from './conditions/body.ts';
import { driftedBody, howToDecide } from './conditions/drifted.ts';
import { intactBody } from './conditions/intact.ts';
import { appliedOnTrial, onceReached, reconcilingOnTrial, stalledOnTrial } from './conditions/trial.ts';
import type { After } from './afterwards.ts';

interface TypedBody extends Body {
  readonly type: ConditionType;
}

/** All conditions, in the order in which people read them. */
export function findings(after: After): readonly TypedBody[] {
  if (after.rival !== undefined) return contested(conflictMessage(after));
  const applied: TypedBody = { type: 'Applied', ...(unreachedBody(after) ?? appliedBody(after)) };
  const intact: TypedBody = { type: 'Intact', ...(unreachedBody(after) ?? intactBody(after)) };
  const unready = [applied, intact].find(({ status }) => status !== 'True');
  const ready: TypedBody = { ...(unready ?? applied), type: 'Ready' };
  return [
    ready,
    { type: 'Reconciling', ...reconcilingBody(after) },
    { type: 'Stalled', ...stalledBody(after) },
    applied,
    intact,
    { type: 'Drifted', ...driftedBody(after) },
    { type: 'SourceReady', ...sourceBody(after) },
  ];
}

/** Another object is in charge: nothing is known here, and a person must delete one of the two. */
function contested(message: string): readonly TypedBody[] {
  const unknown = ['Applied', 'Intact', 'Drifted', 'SourceReady'] as const;
  return [
    { type: 'Ready', status: 'False', reason: 'Conflict', message },
    { type: 'Reconciling', status: 'False', reason: 'Conflict', message },
    { type: 'Stalled', status: 'True', reason: 'Conflict', message },
    ...unknown.map((type) => ({ type, status: 'Unknown', reason: 'Conflict', message }) as const),
  ];
}

function appliedBody(after: After): Body {
  const other = appliedOnTrial(after);
  if (other !== undefined) return other;
  const approved = after.object.status?.approved;
  if (!isAnswered(after.object)) return pendingBody(after);
  const installed = after.object.status?.installed;
  const version = installed?.version ?? '0.0.0';
  const named = version === '0.0.0' ? '' : `version ${version}, `;
  // The marker keeps the revision that brought the files: a folder that is as wanted is not touched.
  const isOther =
    installed !== undefined && approved !== undefined && installed.revision !== approved.revision;
  const same = isOther ? `; ${short(approved.revision)}, which is wanted now, has the same content` : '';
  const revision = short((isOther ? installed : approved)?.revision ?? '');
  const message = `${named}revision ${revision} is installed in workspace ${after.object.spec.workspaceRef.name}${same}`;
  return { status: 'True', reason: 'Installed', message };
}

/** The spec asks for something that is not in place yet. */
function pendingBody(after: After): Body {
  const { wanted, found, failed } = after;
  const source = wanted?.ok === false ? wanted.failure : undefined;
  if (source !== undefined) {
    const reason = source.reason === 'NotPermitted' ? 'NotPermitted' : 'SourceUnavailable';
    return { status: 'False', reason, message: source.message };
  }
  if (found?.ok === false) {
    const message = `cannot tell whether the folder found in the workspace is what its marker says: ${found.failure.message}; to replace it, set track to none and name a revision in spec.source.url after a #`;
    return { status: 'False', reason: 'SourceUnavailable', message };
  }
  const held = heldBody(after);
  if (held !== undefined) return held;
  if (failed === undefined || failed.reason === 'Locked' || failed.reason === 'StaleTicket') {
    return { status: 'False', reason: 'Installing', message: failed?.message ?? 'about to be installed' };
  }
  return { status: 'False', reason: 'InstallFailed', message: failed.message };
}

/** The first install waits for a person, or for its time. */
function heldBody(after: After): Body | undefined {
  const { wanted } = after;
  if (wanted?.ok !== true) return undefined;
  const what = `${wanted.value.ref} (revision ${short(wanted.value.revision)}) is not installed yet`;
  if (isUnapproved(after)) {
    const message = `${what}: spec.update.initialInstall is Manual; ${howToDecide(after)}`;
    return { status: 'False', reason: 'AwaitingApproval', message };
  }
  const wait = heldBack(after);
  return (
    wait && { status: 'False', reason: wait.reason ?? 'Installing', message: `${what}: ${wait.message}` }
  );
}

function sourceBody(after: After): Body {
  const asked = [after.wanted, after.upstream, after.found].find((answer) => answer?.ok === false);
  if (asked?.ok === false) {
    const reason = documented(asked.failure.reason, 'FetchFailed');
    return { status: 'False', reason, message: asked.failure.message };
  }
  const before = whenNotAsked(after, 'SourceReady');
  if (before !== undefined) return before;
  const message = resolvedMessage(after);
  return message === undefined
    ? { status: 'Unknown', reason: 'NotAsked', message: `${after.object.spec.source.url} was not asked yet` }
    : { status: 'True', reason: 'Resolved', message };
}

/** Another revision with the installed content changes nothing, not even a message. */
function resolvedMessage({ object, wanted, upstream }: After): string | undefined {
  const approved = object.status?.approved;
  const { url } = questionOf(object);
  if (upstream?.ok === true) {
    const isSame = upstream.value.digest === approved?.digest;
    const revision = isSame ? approved.revision : upstream.value.revision;
    return `${object.spec.track} of ${url} is revision ${short(revision)}`;
  }
  const revision = wanted?.ok === true ? wanted.value.revision : approved?.revision;
  return revision === undefined ? undefined : `${object.spec.source.url} is revision ${short(revision)}`;
}

function reconcilingBody(after: After): Body {
  const failure = transientFailure(withoutUpdates(after));
  return failure === undefined
    ? (reconcilingOnTrial(after) ??
        whenLate(after, 'Reconciling') ?? {
          status: 'False',
          reason: 'Settled',
          message: 'nothing is under way',
        })
    : { status: 'True', reason: 'Retrying', message: `trying again: ${failure.message}${wayOut(after)}` };
}

function stalledBody(after: After): Body {
  if (after.place.state === 'NoWorkspace') {
    return { status: 'True', reason: 'WorkspaceNotFound', message: noWorkspaceMessage(after) };
  }
  const failure = permanentFailure(after);
  if (failure === undefined) {
    const nothing = { status: 'False', reason: 'NotStalled', message: 'nothing waits for a person' } as const;
    return stalledOnTrial(after) ?? whenLate(after, 'Stalled') ?? nothing;
  }
  const reason = documented(
    failure.reason,
    failure === after.failed ? 'InstallFailed' : 'WorkspaceUnreachable',
  );
  return { status: 'True', reason, message: `${failure.message}${wayOut(after)}` };
}

/** The failure that may pass by itself. */
export function transientFailure(after: After): Failure | undefined {
  return failures(after).find(({ kind }) => kind === 'Transient');
}

/** The failure that a person must mend; a source that fails only for updates stalls nothing. */
export function permanentFailure(after: After): Failure | undefined {
  return failures(withoutUpdates(after)).find(({ kind }) => kind === 'Permanent');
}

/** What fails for an update alone is neither work under way nor a reason to stall: what is approved stays. */
function withoutUpdates(after: After): After {
  return { ...after, upstream: undefined, answer: undefined, unasked: undefined };
}

function failures(after: After): readonly Failure[] {
  const { object, now, place, wanted, upstream, found, answer, failed, unasked } = after;
  const answers = [wanted, found, upstream, answer?.target].flatMap((one) =>
    one?.ok === false ? [one.failure] : [],
  );
  const reached = place.state === 'Unreachable' ? [place.failure] : [];
  const own = [failed, unasked].filter((failure) => failure !== undefined);
  const problem = windowProblem(object, now);
  const windows: readonly Failure[] =
    problem === undefined ? [] : [{ kind: 'Permanent', reason: 'InvalidWindow', message: problem }];
  return [...reached, ...own, ...answers, ...windows];
}

function unreachedBody(after: After): Body | undefined {
  const { place } = after;
  if (place.state === 'NoWorkspace') {
    return { status: 'Unknown', reason: 'WorkspaceUnreachable', message: noWorkspaceMessage(after) };
  }
  if (place.state !== 'Unreachable') return undefined;
  const message = `${place.failure.message}${onceReached(after)}${wayOut(after)}`;
  return { status: 'Unknown', reason: 'WorkspaceUnreachable', message };
}

function noWorkspaceMessage({ object }: After): string {
  return `there is no Workspace ${object.spec.workspaceRef.name} in namespace ${object.metadata.namespace}: create it`;
}

/** What lets a deletion go on that the workspace holds up. */
function wayOut({ object }: After): string {
  return object.metadata.deletionTimestamp === undefined
    ? ''
    : '; to delete this object without clean-up in the workspace, set spec.deletionPolicy to Orphan';
}

function conflictMessage({ object, rival }: After): string {
  return `WorkspacePlugin ${rival ?? ''} is older and in charge of plugin ${object.spec.pluginName} in workspace ${object.spec.workspaceRef.name}: delete one of the two`;
}
