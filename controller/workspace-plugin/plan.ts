// What can be decided about a WorkspacePlugin.
import type { Candidate } from './observed.ts';
import type { Content, Rejection } from './rules/rejected.ts';

/** Why something is tried that was not approved before. */
export type TrialReason = 'FirstInstall' | 'SpecChanged' | 'UpstreamChanged' | 'UpdateApproved';

export type InstallReason =
  | TrialReason
  | 'FilesChanged'
  | 'Missing'
  | 'Unmarked'
  /** What was tried in its place has failed. */
  | 'UpdateFailed'
  /** Nobody asks any more for what is on trial in its place. */
  | 'UpdateWithdrawn';

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
      /** Why a visit whose end is not on record has put it in place; undefined for what no record tells of. */
      readonly trial?: TrialReason;
    }
  /** It is in the workspace already, but its change still owes a restart or a health check. */
  | {
      readonly kind: 'Finish';
      readonly target: Candidate;
      readonly reason: TrialReason | 'Repaired';
      readonly approves: boolean;
    }
  /** Remember that this is never tried or proposed again by itself. */
  | {
      readonly kind: 'Reject';
      readonly target: Content;
      readonly reason: Rejection['reason'];
      /** Who dismissed it and why, or what failed. */
      readonly message: string;
    }
  /** Take away what was installed first and has failed: there is nothing to go back to. */
  | { readonly kind: 'Withdraw'; readonly target: Content }
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
  | 'Held'
  | 'ReportOnly'
  | 'UpToDate';
