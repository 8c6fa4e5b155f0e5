// Condition types and reasons: constants that people's scripts and alerts rely on.

/** Which aspect of an object a condition speaks of. */
export const types = {
  /** Applied and Intact are True; of a workspace: it can be reached and managed. Nothing else lowers it. */
  Ready: 'Ready',
  /** Work is under way or will be retried. */
  Reconciling: 'Reconciling',
  /** Nothing happens until a person changes something. */
  Stalled: 'Stalled',
  /** The approved revision, and no other, is wanted and is in the workspace. */
  Applied: 'Applied',
  /** The files in the workspace are as approved. */
  Intact: 'Intact',
  /** Upstream has other content than what is installed. */
  Drifted: 'Drifted',
  /** The source answered. */
  SourceReady: 'SourceReady',
} as const;

/** Those that only a PluginUpdate has. */
export const updateTypes = {
  /** Another question has taken its place, or there is none any more. */
  Superseded: 'Superseded',
  /** It was approved, and could not be installed. */
  Failed: 'Failed',
} as const;

export type ConditionType = keyof typeof types | keyof typeof updateTypes;

export const reasons = {
  /** Applied, Ready: the approved revision is in the workspace. */
  Installed: 'Installed',
  /** Applied: it is on its way there. */
  Installing: 'Installing',
  /**
   * Applied: the workspace refused it or what arrived was not what was sent; the live tree is the one before. Or it was
   * installed, failed its restart or health check, and stays by `onFailure: Hold` (then Stalled, too).
   */
  InstallFailed: 'InstallFailed',
  /** Applied, Stalled: what the spec asks for was installed and has failed; the version before is back, if there was one. */
  RolledBack: 'RolledBack',
  /** Applied, Drifted: the source does not answer, so what is wanted is not known. */
  SourceUnavailable: 'SourceUnavailable',
  /** Applied, SourceReady: the controller's flags forbid it, or the Secret is for other hosts. */
  NotPermitted: 'NotPermitted',
  /** Applied, Intact, and Ready of a workspace: it cannot be reached now. */
  WorkspaceUnreachable: 'WorkspaceUnreachable',

  /** Intact: every shipped file was hashed and is as approved. */
  DigestMatches: 'DigestMatches',
  /** Intact: files are changed, missing, retyped, of another mode, or foreign where the agent would load them. */
  FilesChanged: 'FilesChanged',
  /** Intact: the plugin's folder is not there. */
  Missing: 'Missing',
  /** Intact: the folder does not carry our marker. */
  Unmarked: 'Unmarked',
  /** Intact: nothing has been installed yet. */
  NotInstalled: 'NotInstalled',

  /** Drifted: seen, and nothing was asked or done about it yet. */
  UpdateAvailable: 'UpdateAvailable',
  /** Drifted: it may be installed, and is about to be. */
  UpdateApproved: 'UpdateApproved',
  /** Drifted; Applied before the first install: a person must approve it. */
  AwaitingApproval: 'AwaitingApproval',
  /** Drifted; Applied before the first install: it was not seen for `update.minimumAge` yet; the message says until when. */
  AwaitingAge: 'AwaitingAge',
  /** Drifted; Applied before the first install: none of `update.windows` is open; the message says when the next one is. */
  AwaitingWindow: 'AwaitingWindow',
  /** Drifted: the tracked tag names another commit than before; never installed by itself. */
  TagMoved: 'TagMoved',
  /** Drifted: what upstream has was dismissed by a person, or was tried and failed. */
  Rejected: 'Rejected',
  /** Ready, Applied of an update: a person decided against it. */
  Dismissed: 'Dismissed',
  /** Failed, Ready, Applied of an update: it was tried and failed, or its revision has vanished; it is not tried again by itself. */
  Quarantined: 'Quarantined',
  /** Superseded, Ready, Applied of an update: upstream has moved on, and another update asks about that. */
  NewerRevision: 'NewerRevision',
  /** Superseded, Ready, Applied of an update: upstream has what is approved again, or is not followed any more. */
  NoLongerOffered: 'NoLongerOffered',
  /** Superseded, Ready, Applied of an update: its plugin has another approved revision or source than when it was proposed. */
  ApprovedRevisionChanged: 'ApprovedRevisionChanged',
  /** Superseded, Ready, Applied of an update: it was decided when it was superseded, so that the decision has no effect. */
  DecisionRefused: 'DecisionRefused',
  /** Superseded is False: it is the question, or was until it was answered. */
  Current: 'Current',
  /** Failed is False: no attempt was given up. */
  NotFailed: 'NotFailed',
  /** Drifted: what is installed is what the tracked ref has. */
  UpToDate: 'UpToDate',
  /** Drifted: nothing is tracked. */
  NotTracked: 'NotTracked',

  /** SourceReady: the ref was resolved and its content checked. */
  Resolved: 'Resolved',
  /** SourceReady: network, timeout or server. */
  FetchFailed: 'FetchFailed',
  /** SourceReady: the server asks for credentials or refuses these, or the Secret with them is of no use. */
  AuthFailed: 'AuthFailed',
  /** SourceReady: the source has no such ref. */
  RefNotFound: 'RefNotFound',
  /** SourceReady: neither `#ref` nor `track` names anything, and the controller does not allow that. */
  UnpinnedSource: 'UnpinnedSource',
  /** SourceReady: the content breaks the rules for what may be installed. */
  InvalidContent: 'InvalidContent',
  /** SourceReady: over the limits on size or number of files. */
  TooLarge: 'TooLarge',
  /** SourceReady: the content is not what a pin says: of the spec, or the plugin's own `manifest.json`. */
  VerificationFailed: 'VerificationFailed',
  /** SourceReady: the URL is of a known form but names nothing that can be asked. */
  InvalidURL: 'InvalidURL',
  /** SourceReady: `spec.track` is of a known form but means nothing, such as a range of no versions. */
  InvalidTrack: 'InvalidTrack',

  /** Stalled: one of `update.windows` names no time zone that is known, or no day that ever comes. */
  InvalidWindow: 'InvalidWindow',

  /** Stalled: an older object is in charge of the same plugin in the same workspace. */
  Conflict: 'Conflict',
  /** Stalled: the Workspace object that is referred to does not exist. */
  WorkspaceNotFound: 'WorkspaceNotFound',
  /** Stalled: the namespace may not use this runtime, or the directory is not below a permitted root. */
  RuntimeNotPermitted: 'RuntimeNotPermitted',
  /** Stalled: a Secret is missing, or what it holds cannot be used; the message names it. */
  InvalidSecret: 'InvalidSecret',
  /** Stalled: several containers have the labels of the selector. */
  AmbiguousSelector: 'AmbiguousSelector',
  /** Stalled: another Workspace manages the same place. */
  AlreadyManaged: 'AlreadyManaged',
  /** Stalled: the workspace lacks a program; the message names it. */
  TargetToolMissing: 'TargetToolMissing',
  /** Stalled: the owner may not write into the plugins folder. */
  NotWritable: 'NotWritable',
  /** Stalled: the plugin's folder is a mount point, or something is mounted below it: neither can be swapped. */
  MountPoint: 'MountPoint',
  /** Stalled: something stands where the plugin's folder should be, and cannot be replaced. */
  ForeignContent: 'ForeignContent',
  /** Stalled: the workspace answers more than is read from it. */
  AnswerTooLong: 'AnswerTooLong',

  /** Ready of a workspace: it was reached and can be managed. */
  Reachable: 'Reachable',
  /** Ready, Reconciling of a workspace: it is kept until its plugins have cleaned up. */
  Deleting: 'Deleting',
  /** Any: it was not known when the object was suspended by its spec. */
  Suspended: 'Suspended',
  /** Reconciling: the last attempt failed, and the next is due at `status.nextAttemptTime`. */
  Retrying: 'Retrying',
  /** Reconciling: a revision was installed and has failed; the approved one is about to come back. */
  RollingBack: 'RollingBack',
  /** Reconciling is False: nothing is under way. */
  Settled: 'Settled',
  /** Stalled is False: nothing waits for a person. */
  NotStalled: 'NotStalled',
  /** SourceReady is Unknown: there was no need to ask yet. */
  NotAsked: 'NotAsked',
} as const;

export type Reason = keyof typeof reasons;

/** What an adapter gave as its reason, if people can look it up here; else the one that fits the place. */
export function documented(reason: string, otherwise: Reason): Reason {
  return isReason(reason) ? reason : otherwise;
}

function isReason(text: string): text is Reason {
  return Object.hasOwn(reasons, text);
}
