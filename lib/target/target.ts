// What can be asked of the plugins folder of one workspace, and what it answers.
import type { Bundle, Digest, Revision } from '../bundle/bundle.ts';
import type { Afterwards, CheckRequest, SettleRequest, Todo } from './todo.ts';

export type * from './todo.ts';

/** What we wrote into `.complete`; as found in the workspace, so never trusted without a hash. */
export interface Marker {
  readonly revision: Revision;
  readonly digest: Digest;
  readonly url: string;
  readonly version: string;
  /** ISO 8601, UTC, whole seconds. */
  readonly time: string;
  readonly stamp: string;
}

/** A tree under `.previous/`; `marker` is undefined for one that was not ours. Not hashed until it is used. */
export interface Snapshot {
  readonly stamp: string;
  readonly marker: Marker | undefined;
  /** Hash of its `.manifest`. */
  readonly digest: Digest | undefined;
}

/** The live folder of one plugin, every shipped file hashed again. */
export interface LookedPlugin {
  /**
   * `Foreign`: a symlink, file or other thing stands where the folder should be. `MountPoint`: it, or what is mounted below
   * it, cannot be swapped.
   */
  readonly state: 'Absent' | 'Unmarked' | 'Marked' | 'Foreign' | 'MountPoint';
  readonly marker: Marker | undefined;
  /** Hash of the `.manifest` found there: only one that equals the approved digest is believed. */
  readonly manifestDigest: Digest | undefined;
  /** Shipped files that are changed, missing, retyped or of another mode class, and foreign files the agent would load. */
  readonly tampered: Paths;
  /** All other files that the plugin did not ship. */
  readonly untracked: Paths;
  readonly snapshots: readonly Snapshot[];
  /** What is still due after the last change of it; undefined: nothing. */
  readonly todo: Todo | undefined;
}

export interface Paths {
  readonly count: number;
  /** The first ten, control characters replaced by `?`. */
  readonly first: readonly string[];
}

export interface Look {
  /** When the command that looked was started. */
  readonly time: Date;
  readonly plugin: LookedPlugin;
}

export type SwapMode = 'Exchange' | 'Rename';

export interface Listing {
  readonly time: Date;
  readonly swapMode: SwapMode;
  /** Every folder directly below the plugins folder whose name has no leading dot, sorted; at most 1,000. */
  readonly folders: readonly string[];
}

export interface InstallRequest {
  readonly plugin: string;
  readonly bundle: Bundle;
  readonly url: string;
  readonly previousLimit: number;
  /** Files the plugin did not ship: carried over into the new tree (repair), or left behind in the snapshot (update). */
  readonly untracked: 'CarryOver' | 'LeaveBehind';
  /** Default: nothing is due once the change is in place. */
  readonly afterwards?: Afterwards;
}

export interface RestoreRequest {
  readonly plugin: string;
  /** A snapshot whose manifest has this digest is verified by hashing and swapped in, without any transfer. */
  readonly digest: Digest;
  /** Written into the marker. */
  readonly revision: Revision;
  readonly version: string;
  readonly url: string;
  readonly previousLimit: number;
  /** Default: nothing is due once the change is in place. */
  readonly afterwards?: Afterwards;
}

export interface RemoveRequest {
  readonly plugin: string;
  /** Default: nothing is due once it is gone. */
  readonly afterwards?: { readonly restart: Exclude<Afterwards['restart'], 'Proven'> };
}

export type ChangeEffect =
  | 'Installed'
  /** The live tree was what is wanted already; nothing was touched. */
  | 'Kept'
  /** An unmarked tree had exactly the wanted files and was marked in place. */
  | 'Adopted'
  | 'Restored'
  | 'Removed';

export interface Change {
  readonly effect: ChangeEffect;
  /** How the swap was done; undefined where nothing was swapped. */
  readonly swapMode: SwapMode | undefined;
  /**
   * What the plugin had left in CLAUDE.md and in the folder of skills and could not be taken out of them, and what of its
   * old files could not be deleted, with the reason; for people, at most ten. No look tries it again.
   */
  readonly uncleaned: readonly string[];
  /** The plugin as found right after, in the same command. */
  readonly look: Look;
}

/**
 * One workspace's plugins folder. Commands are serialised; what is asked while one runs goes together in the next.
 * A look covers every plugin asked about before, and answers all who accept its age.
 *
 * Failures are thrown: everything a Runtime throws, and
 * Permanent `TargetToolMissing`, `NotWritable`, `MountPoint`, `ForeignContent` (something that cannot be replaced),
 * `AlreadyManaged` (another object's workspace, which is neither looked into nor changed);
 * Transient `NoSpace`, `VerifyFailed` (what arrived is not what was sent), `SnapshotUnusable` (restore: no snapshot
 * with that digest verifies; install it instead), `StaleTicket` (a newer controller is at work), `Locked`,
 * `InstallFailed` (anything else, with what the workspace said).
 * After a failure the live folder is the old tree or absent if it was, and nothing is left in staging.
 */
export interface Session {
  look(request: {
    readonly plugin: string;
    readonly notOlderThan: Date;
    readonly signal: AbortSignal;
  }): Promise<Look>;
  /** Where a command is needed for it, that looks at the plugins of `beside`, too: somebody is about to ask about them. */
  list(request: {
    readonly notOlderThan: Date;
    readonly beside?: readonly string[];
    readonly signal: AbortSignal;
  }): Promise<Listing>;
  install(request: InstallRequest, signal: AbortSignal): Promise<Change>;
  restore(request: RestoreRequest, signal: AbortSignal): Promise<Change>;
  /** Removes the live folder and the plugin's own snapshots; foreign snapshots stay. Absent already: `Removed`. */
  remove(request: RemoveRequest, signal: AbortSignal): Promise<Change>;
  /**
   * Restarts what runs in the workspace, where that is the plugin's next step: once for all who ask before it is done and
   * for every change made until then, never while a command or a health check runs. Changes that wait go first.
   * Resolves to the plugin as found afterwards, whose `todo` says whether the restart is done or has failed.
   */
  restart(request: { readonly plugin: string }, signal: AbortSignal): Promise<Look>;
  /**
   * Sees to it that what runs in the workspace stays up for a moment, where it was restarted before the plugin's next step,
   * the restart, was on record as done (`todo.isStarted`): once for all who ask before it is done. Resolves as `restart`;
   * throws TransientError `RestartFailed` where the workspace is down, so that it cannot have that on record.
   */
  prove(request: { readonly plugin: string }, signal: AbortSignal): Promise<Look>;
  /**
   * Runs the health check where it is the plugin's next step, and records its outcome in the same command: gone from the
   * todo when it passed, `failed` when it did not or took too long. Resolves to the plugin as found afterwards.
   */
  check(request: CheckRequest, signal: AbortSignal): Promise<Look>;
  /** The step is due no more, done or not; the other one stays due. */
  settle(request: SettleRequest, signal: AbortSignal): Promise<Look>;
  /** The plugin is no longer looked at. */
  forget(plugin: string): void;
  /**
   * The run of the workspace that was there before all that it remembers was seen: the one that it was told of last, or found
   * after a restart of its own. Undefined: it is not known.
   */
  readonly instance: string | undefined;
  /**
   * The workspace was replaced or started again, and this run was found: nothing seen before counts, and what runs now does
   * not either.
   */
  renew(instance: string): void;
  /** The workspace is managed no longer: our claim goes where nothing of ours is left. */
  release(signal: AbortSignal): Promise<void>;
}

/** Orders commands across controllers: (leadership's beginning in ms, transitions); a sequence is added per command. */
export interface Epoch {
  readonly since: number;
  readonly transitions: number;
}

/**
 * Asked when a workspace holds a newer ticket than ours: true when we lead all the same, so that ours takes its place.
 * Never rejects.
 */
export type Overrule = (signal: AbortSignal) => Promise<boolean>;
