// What to do about one WorkspacePlugin: a pure function from what was observed to one plan.
import { FINALIZER } from '../api/group.ts';
import { isAnswered, type Candidate, type Observed } from './observed.ts';
import { refusalOf, rejectionOf, type Content, type Rejection } from './rules/rejected.ts';
import { waitOf, type Wait } from './rules/waiting.ts';
import type { LookedPlugin } from '../../lib/target/target.ts';

export type InstallReason =
  'FirstInstall' | 'SpecChanged' | 'UpstreamChanged' | 'FilesChanged' | 'Missing' | 'Unmarked';

export type Plan =
  | { readonly kind: 'Nothing'; readonly reason: NothingReason }
  /** Put this revision in place. `approves`: from then on the local loop enforces it. */
  | {
      readonly kind: 'Install';
      readonly target: Candidate;
      readonly reason: InstallReason;
      readonly approves: boolean;
      readonly untracked: 'CarryOver' | 'LeaveBehind';
    }
  /** It is in the workspace already: only the record is missing. */
  | {
      readonly kind: 'Approve';
      readonly target: Candidate;
      readonly reason: 'FoundInstalled' | 'AlreadyInstalled';
    }
  /** Remember that this is never tried or proposed again by itself. */
  | {
      readonly kind: 'Reject';
      readonly target: Content;
      readonly reason: Rejection['reason'];
      /** Who dismissed it and why, or what failed. */
      readonly message: string;
    }
  /** Take the plugin out of the workspace, then let the object go. */
  | { readonly kind: 'Remove' }
  /** Let the object go and leave the workspace alone. */
  | {
      readonly kind: 'Release';
      readonly reason: 'Orphaned' | 'NotInCharge' | 'WorkspaceGone' | 'NeverInstalled';
    };

export type NothingReason =
  | 'Released'
  | 'Suspended'
  | 'Conflict'
  | 'NotReached'
  | 'CannotCompare'
  | 'SourceUnavailable'
  | 'AwaitingApproval'
  | 'Waiting'
  | 'ReportOnly'
  | 'UpToDate';

/** Asks each rule in turn; the first that has something to say decides. */
export function decide(observed: Observed): Plan {
  return (
    whenDeleted(observed) ?? // clean-up comes before every other wish, suspended or not
    whenNotOurs(observed) ?? // nothing is touched that is suspended, contested or out of reach
    whenSpecIsNew(observed) ?? // what a person asks for outranks what upstream offers
    whenUpstreamMoved(observed) ?? // an update replaces the files, so it outranks their repair
    whenTampered(observed) ?? { kind: 'Nothing', reason: 'UpToDate' }
  );
}

function whenDeleted({ object, place, rival }: Observed): Plan | undefined {
  if (object.metadata.deletionTimestamp === undefined) return undefined;
  if (object.metadata.finalizers?.includes(FINALIZER) !== true)
    return { kind: 'Nothing', reason: 'Released' };
  if (object.spec.deletionPolicy === 'Orphan') return { kind: 'Release', reason: 'Orphaned' };
  if (rival !== undefined) return { kind: 'Release', reason: 'NotInCharge' };
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

function whenNotOurs({ object, place, rival }: Observed): Plan | undefined {
  if (object.spec.suspend || place.state === 'WorkspaceSuspended') {
    return { kind: 'Nothing', reason: 'Suspended' };
  }
  if (rival !== undefined) return { kind: 'Nothing', reason: 'Conflict' };
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
  if (wanted?.ok !== true || refusalOf(object, wanted.value) !== undefined) return undefined;
  if (isIntact(observed, look, wanted.value.digest)) {
    return { kind: 'Approve', target: wanted.value, reason: 'AlreadyInstalled' };
  }
  if (isUnapproved(observed)) return { kind: 'Nothing', reason: 'AwaitingApproval' };
  if (heldBack(observed) !== undefined) return { kind: 'Nothing', reason: 'Waiting' };
  return {
    kind: 'Install',
    target: wanted.value,
    reason: object.status?.approved === undefined ? 'FirstInstall' : 'SpecChanged',
    approves: true,
    untracked: look.manifestDigest === wanted.value.digest ? carried(observed) : 'LeaveBehind',
  };
}

function whenUpstreamMoved(observed: Observed): Plan | undefined {
  const { object, upstream, place } = observed;
  if (upstream?.ok !== true || place.state !== 'Reached' || !isAnswered(object)) return undefined;
  if (!isDrifted(observed) || object.spec.update.approval !== 'Automatic' || isTagMoved(observed))
    return undefined;
  if (rejectionOf(object, upstream.value) !== undefined) return undefined;
  if (isIntact(observed, place.look.plugin, upstream.value.digest)) {
    return { kind: 'Approve', target: upstream.value, reason: 'AlreadyInstalled' };
  }
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
  if (reason === undefined) return undefined;
  if (object.spec.integrity.policy === 'Report') return { kind: 'Nothing', reason: 'ReportOnly' };
  return {
    kind: 'Install',
    target: {
      revision: approved.revision,
      digest: approved.digest,
      version: '',
      ref: approved.ref,
      time: undefined,
    },
    reason,
    approves: false,
    untracked: carried(observed),
  };
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
    return waitOf(object, wanted.value, now);
  }
  if (upstream?.ok !== true || !isAnswered(object) || !isDrifted(observed)) return undefined;
  if (object.spec.update.approval !== 'Automatic' || isTagMoved(observed)) return undefined;
  if (rejectionOf(object, upstream.value) !== undefined) return undefined;
  return waitOf(object, upstream.value, now);
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
