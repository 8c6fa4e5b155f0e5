// What to do about one WorkspacePlugin: a pure function from what was observed to one plan.
import { FINALIZER } from '../api/group.ts';
import { isAnswered, type Candidate, type Observed } from './observed.ts';
import type { InstallReason, Plan, TrialReason } from './plan.ts';
import { pauseOf } from './rules/pause.ts';
import { refusalOf, rejectionOf, takesUpdates } from './rules/rejected.ts';
import { waitOf, type Wait } from './rules/waiting.ts';
import { failureMessage, newFailure, quarantineOf, todoOf } from './rules/unfinished.ts';
import type { Failure } from '../../lib/errors.ts';
import { findCondition } from '../../lib/reconcile/conditions.ts';
import type { LookedPlugin } from '../../lib/target/target.ts';

export type * from './plan.ts';

/** Asks each rule in turn; the first that has something to say decides. */
export function decide(observed: Observed): Plan {
  return (
    whenDeleted(observed) ?? // clean-up comes before every other wish, suspended or not
    whenLeftAlone(observed) ?? // nothing is touched that is suspended or contested
    whenTurnedDown(observed) ?? // remembered also where the workspace is out of reach
    whenNotReached(observed) ??
    whenSpecIsNew(observed) ?? // what a person asks for outranks what upstream offers
    whenFailedIsLive(observed) ?? // nothing newer is tried before what failed is gone
    whenApproved(observed) ?? // exactly what was approved comes first, whatever upstream has by now
    whenUpstreamMoved(observed) ?? // an update replaces the files, so it outranks their repair
    whenTampered(observed) ?? { kind: 'Nothing', reason: 'UpToDate' }
  );
}

function whenDeleted({ object, place, rival }: Observed): Plan | undefined {
  if (object.metadata.deletionTimestamp === undefined) return undefined;
  if (object.metadata.finalizers?.includes(FINALIZER) !== true)
    return { kind: 'Nothing', reason: 'Released' };
  if (object.spec.deletionPolicy === 'Orphan') return { kind: 'Release', reason: 'Orphaned' };
  if (rival !== undefined || wasContested(object)) return { kind: 'Release', reason: 'NotInCharge' };
  if (place.state === 'NoWorkspace') return { kind: 'Release', reason: 'WorkspaceGone' };
  if (place.state === 'Unreachable' && place.failure.reason === 'WorkspaceGone') {
    return { kind: 'Release', reason: 'WorkspaceGone' };
  }
  if (place.state === 'Unreachable' && place.failure.reason === 'AlreadyManaged') {
    return { kind: 'Release', reason: 'NotInCharge' };
  }
  if (place.state !== 'Reached') return { kind: 'Nothing', reason: 'NotReached' };
  // A folder that somebody else made, and that we never managed to replace, is not ours to remove.
  const theirs = place.look.plugin.state === 'Unmarked' || place.look.plugin.state === 'Foreign';
  if (theirs && object.status?.approved === undefined) return { kind: 'Release', reason: 'NeverInstalled' };
  return { kind: 'Remove' };
}

/**
 * Deleted together with the older object, which was gone first: what is there is as that one left it, and nothing of it was
 * ever this one's.
 */
function wasContested({ status }: Observed['object']): boolean {
  const stalled = findCondition(status?.conditions ?? [], 'Stalled');
  return status?.approved === undefined && stalled?.reason === 'Conflict';
}

function whenLeftAlone({ object, place, rival }: Observed): Plan | undefined {
  if (object.spec.suspend || place.state === 'WorkspaceSuspended') {
    return { kind: 'Nothing', reason: 'Suspended' };
  }
  return rival === undefined ? undefined : { kind: 'Nothing', reason: 'Conflict' };
}

/** A person has dismissed it, or what a person approved is gone for good: it is not tried or proposed again. */
function whenTurnedDown({ answer }: Observed): Plan | undefined {
  if (answer === undefined) return undefined;
  const { decidedBy = '', reason } = answer.update.spec;
  const target = answer.content;
  if (answer.target === undefined) {
    const message = reason === undefined ? `by ${decidedBy}` : `by ${decidedBy}: ${reason}`;
    return { kind: 'Reject', target, reason: 'Dismissed', message };
  }
  if (answer.target.ok || !isLost(answer.target.failure)) return undefined;
  return { kind: 'Reject', target, reason: 'Quarantined', message: answer.target.failure.message };
}

/** The revision itself is to blame: no later attempt gets it. */
function isLost({ reason }: Failure): boolean {
  return LOST.has(reason);
}

const LOST: ReadonlySet<string> = new Set(['RefNotFound', 'InvalidContent']);

function whenNotReached({ place }: Observed): Plan | undefined {
  return place.state === 'Reached' ? undefined : { kind: 'Nothing', reason: 'NotReached' };
}

function whenSpecIsNew(observed: Observed): Plan | undefined {
  const { object, wanted, found, place } = observed;
  if (isAnswered(object) || place.state !== 'Reached') return undefined;
  const look = place.look.plugin;
  if (found !== undefined) {
    // A record was lost. What is there may be approved, but nothing newer may be installed because of it.
    if (!found.ok) return { kind: 'Nothing', reason: 'CannotCompare' };
    if (look.manifestDigest === found.value.digest) {
      return { kind: 'Approve', target: found.value, reason: 'FoundInstalled' };
    }
  }
  const first = isUnapproved(observed) ? asApproved(observed, 'FirstInstall') : undefined;
  if (first !== undefined) return first;
  if (wanted?.ok !== true || refusalOf(object, wanted.value) !== undefined) return undefined;
  const reason = object.status?.approved === undefined ? 'FirstInstall' : 'SpecChanged';
  const there = whenInPlace(observed, look, wanted.value, reason);
  if (there !== undefined) return there;
  if (isUnapproved(observed) || heldBack(observed) !== undefined) {
    const reason = isUnapproved(observed) ? 'AwaitingApproval' : 'Waiting';
    return whenFailedIsLive(observed) ?? { kind: 'Nothing', reason };
  }
  return {
    kind: 'Install',
    target: wanted.value,
    reason,
    approves: true,
    untracked: look.manifestDigest === wanted.value.digest ? carried(observed) : 'LeaveBehind',
  };
}

/** What is wanted is there already: it is approved once its change owes nothing, and rejected when that has failed. */
function whenInPlace(
  observed: Observed,
  look: LookedPlugin,
  target: Candidate,
  reason: TrialReason,
): Plan | undefined {
  const failure = newFailure(observed.object, look, target);
  if (failure !== undefined) {
    return { kind: 'Reject', target, reason: 'Quarantined', message: failureMessage(failure) };
  }
  if (!isIntact(observed, look, target.digest)) return undefined;
  const isApproved = observed.object.status?.approved?.digest === target.digest;
  return isApproved || todoOf(look, target.digest) === undefined
    ? { kind: 'Approve', target, reason: 'AlreadyInstalled', trial: reason }
    : { kind: 'Finish', target, reason, approves: true };
}

function whenFailedIsLive(observed: Observed): Plan | undefined {
  const { object, place } = observed;
  if (place.state !== 'Reached') return undefined;
  const { plugin } = place.look;
  const quarantine = quarantineOf(object, plugin);
  if (quarantine === undefined) return undefined;
  if (object.spec.update.onFailure === 'Hold') {
    return whenApproved(observed) ?? { kind: 'Nothing', reason: 'Held' };
  }
  const approved = object.status?.approved;
  if (approved === undefined) {
    const { revision } = quarantine;
    return { kind: 'Withdraw', target: { revision, digest: plugin.manifestDigest ?? '' } };
  }
  return restoring(approved, 'UpdateFailed', 'LeaveBehind');
}

/**
 * A person approved exactly this, whether the ref still has it or not. After an edit of the spec that has failed it is the
 * later wish, and answers the spec.
 */
function whenApproved(observed: Observed): Plan | undefined {
  return takesUpdates(observed) ? asApproved(observed, 'UpdateApproved') : undefined;
}

function asApproved(observed: Observed, reason: TrialReason): Plan | undefined {
  const { answer, place } = observed;
  if (answer?.target?.ok !== true || place.state !== 'Reached') return undefined;
  const target = answer.target.value;
  const there = whenInPlace(observed, place.look.plugin, target, reason);
  return there ?? { kind: 'Install', target, reason, approves: true, untracked: 'LeaveBehind' };
}

function whenUpstreamMoved(observed: Observed): Plan | undefined {
  const { object, upstream, place } = observed;
  if (upstream?.ok !== true || place.state !== 'Reached' || !isAnswered(object)) return undefined;
  if (observed.answer !== undefined) return undefined;
  if (!isDrifted(observed) || object.spec.update.approval !== 'Automatic' || isTagMoved(observed))
    return undefined;
  if (rejectionOf(object, upstream.value) !== undefined) return undefined;
  const there = whenInPlace(observed, place.look.plugin, upstream.value, 'UpstreamChanged');
  if (there !== undefined) return there;
  if (heldBack(observed) !== undefined) return undefined; // the local loop goes on
  return {
    kind: 'Install',
    target: upstream.value,
    reason: 'UpstreamChanged',
    approves: true,
    untracked: 'LeaveBehind',
  };
}

function whenTampered(observed: Observed): Plan | undefined {
  const { object, place, wanted } = observed;
  const approved = object.status?.approved;
  if (place.state !== 'Reached') return undefined;
  if (approved === undefined) {
    return wanted?.ok === false ? { kind: 'Nothing', reason: 'SourceUnavailable' } : undefined;
  }
  const reason = tampering(observed, place.look.plugin, approved.digest);
  if (reason === undefined) {
    const isDue = todoOf(place.look.plugin, approved.digest) !== undefined;
    if (!isDue) return undefined;
    return { kind: 'Finish', target: known(approved), reason: 'Repaired', approves: false };
  }
  if (isWithdrawn(observed, place.look.plugin)) return restoring(approved, 'UpdateWithdrawn', 'LeaveBehind');
  if (object.spec.integrity.policy === 'Report') return { kind: 'Nothing', reason: 'ReportOnly' };
  return restoring(approved, reason, carried(observed));
}

/** What is live is on trial, not tampered with, and nobody asks for it any more; that is known only of sources that answer. */
function isWithdrawn({ object, wanted, upstream }: Observed, look: LookedPlugin): boolean {
  const { state, manifestDigest } = look;
  if (wanted?.ok === false || upstream?.ok === false || manifestDigest === undefined) return false;
  const isOther = state === 'Marked' && manifestDigest !== object.status?.approved?.digest;
  return isOther && todoOf(look, manifestDigest) !== undefined;
}

/** Puts the approved content back. */
function restoring(approved: Approved, reason: InstallReason, untracked: 'CarryOver' | 'LeaveBehind'): Plan {
  return { kind: 'Install', target: known(approved), reason, approves: false, untracked };
}

type Approved = Pick<Candidate, 'revision' | 'digest' | 'ref'>;

/** What was approved, for which no source is asked. */
function known({ revision, digest, ref }: Approved): Candidate {
  return { revision, digest, version: '', ref, time: undefined };
}

/** The first install, where the spec leaves it to a person. */
export function isUnapproved({ object }: Pick<Observed, 'object'>): boolean {
  return object.status?.approved === undefined && object.spec.update.initialInstall === 'Manual';
}

/** Why what would be installed by itself must wait, the first install or an update; undefined when nothing must. */
export function heldBack(
  observed: Pick<Observed, 'object' | 'now' | 'wanted' | 'upstream'>,
): Wait | undefined {
  const { object, now, wanted, upstream } = observed;
  if (object.status?.approved === undefined) {
    if (isUnapproved(observed) || wanted?.ok !== true || refusalOf(object, wanted.value)) return undefined;
    return waitOf(object, wanted.value, now) ?? pauseOf(object, now);
  }
  if (upstream?.ok !== true || !isAnswered(object) || !isDrifted(observed)) return undefined;
  if (object.spec.update.approval !== 'Automatic' || isTagMoved(observed)) return undefined;
  if (rejectionOf(object, upstream.value) !== undefined) return undefined;
  return waitOf(object, upstream.value, now) ?? pauseOf(object, now);
}

/** Upstream has other content than what is approved; another revision with the same content is no drift. */
export function isDrifted({ object, upstream }: Pick<Observed, 'object' | 'upstream'>): boolean {
  const approved = object.status?.approved;
  return upstream?.ok === true && approved !== undefined && upstream.value.digest !== approved.digest;
}

/** The tag by which the approved revision was found names another commit now. */
export function isTagMoved({ object, upstream }: Pick<Observed, 'object' | 'upstream'>): boolean {
  const { track } = object.spec;
  const approved = object.status?.approved;
  if (upstream?.ok !== true || approved === undefined) return false;
  if (upstream.value.revision === approved.revision) return false;
  if (track.startsWith('tag:') && track !== 'tag:latest' && approved.ref === track) return true;
  return /^(tag|semver):/.test(track) && approved.resolvedRef === upstream.value.ref;
}

/** The live folder is marked and holds exactly the files of this digest. */
export function isIntact(observed: Pick<Observed, 'object'>, look: LookedPlugin, digest: string): boolean {
  return tampering(observed, look, digest) === undefined;
}

/** How the live folder differs from this digest; undefined when it does not. */
export function tampering(
  { object }: Pick<Observed, 'object'>,
  look: LookedPlugin,
  digest: string,
): 'FilesChanged' | 'Missing' | 'Unmarked' | undefined {
  if (look.state === 'Absent') return 'Missing';
  if (look.state === 'Unmarked') return 'Unmarked';
  if (look.state === 'Foreign') return 'FilesChanged';
  if (look.manifestDigest !== digest || look.tampered.count > 0) return 'FilesChanged';
  return object.spec.integrity.untracked === 'Remove' && look.untracked.count > 0
    ? 'FilesChanged'
    : undefined;
}

function carried({ object }: Observed): 'CarryOver' | 'LeaveBehind' {
  return object.spec.integrity.untracked === 'Keep' ? 'CarryOver' : 'LeaveBehind';
}
