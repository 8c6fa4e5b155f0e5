// The contract of a runtime: the one narrow way into a workspace.

/** One run of a program in the workspace. Nothing of it is interpreted by a shell on the way. */
export interface Command {
  readonly argv: readonly [string, ...string[]];
  /** The whole of stdin; consumed once, with back-pressure. The far end may stop reading early. */
  readonly stdin: AsyncIterable<Uint8Array>;
  /** After this the call settles with a TransientError `WorkspaceUnreachable`, whatever the far end does. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export interface CommandResult {
  /** As the workspace reported it, read after both streams ended; a program ended by a signal gives 128 + signal. */
  readonly exitCode: number;
  /** At most `MAX_OUTPUT_BYTES` each; a command that says more fails with PermanentError `AnswerTooLong`. */
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

export const MAX_OUTPUT_BYTES = 4 * 1024 * 1024;

export type RuntimeKind = 'docker' | 'directory';

/** Who the commands run as. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** Another Docker engine than the controller's own; always by TLS, and with a certificate of ours. PEM each. */
export interface EngineAccess {
  /** `tcp://host[:port]`; the port is 2376 where none is named. */
  readonly host: string;
  /** The authority that signed the engine's certificate. */
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** A container by its name or id, or the only one that has all these labels. */
export type ContainerRef = string | { readonly matchLabels: Readonly<Record<string, string>> };

/** A signal to the process whose id a file of the workspace holds. */
export interface ReloadSignal {
  /** Absolute, inside the workspace. */
  readonly pidFile: string;
  readonly signal: 'HUP' | 'INT' | 'TERM' | 'USR1' | 'USR2';
}

/** Which workspace to reach, and how. */
export type RuntimeSpec =
  | {
      readonly kind: 'docker';
      readonly container: ContainerRef;
      /** Default: the controller's own. */
      readonly engine?: EngineAccess;
      readonly pluginsPath: string;
      readonly owner: Owner;
    }
  | {
      readonly kind: 'directory';
      readonly path: string;
      /** How the agent there is told to start anew; default: it is not told. */
      readonly reload?: ReloadSignal;
      readonly pluginsPath: string;
      readonly owner: Owner;
    };

export interface Probe {
  /** Identifies this run of the workspace: another value means it was replaced or started again. At most 128 characters. */
  readonly instance: string;
}

/**
 * Every implementation passes the same contract suite. It must
 * - run the command as the workspace's owner, never with more rights;
 * - end the command, with all it started, when the signal aborts or the deadline passes, where the platform can;
 * - throw TransientError `WorkspaceUnreachable` when the workspace cannot be reached now,
 *   TransientError `WorkspaceGone` when the platform says that there is no such container,
 *   PermanentError `AmbiguousSelector` when there are several,
 *   PermanentError `RuntimeNotPermitted` when the controller may not reach it at all, and
 *   PermanentError `TargetToolMissing` when there is no such program;
 * - never report success for a command whose streams did not end properly.
 */
export interface Runtime {
  readonly kind: RuntimeKind;
  /** The plugins folder as the commands see it; absolute, normalised. */
  readonly pluginsPath: string;
  /**
   * What `restart` does. `Workspace`: ends what runs there and begins another run, with another first process. `Agent`:
   * only tells the agent, and the workspace goes on. `Nothing`: there is no way.
   */
  readonly restarts: 'Workspace' | 'Agent' | 'Nothing';
  probe(signal: AbortSignal): Promise<Probe>;
  run(command: Command): Promise<CommandResult>;
  /**
   * Settles once what runs in the workspace has been started again, or told to; an agent that does not run needs neither.
   * Throws TransientError `RestartFailed` when it was refused, or when what was started has ended again at once; the
   * workspace may be down then.
   */
  restart(signal: AbortSignal): Promise<void>;
  /**
   * Settles once what runs in the workspace has been seen to stay up for a moment; throws TransientError `RestartFailed` when
   * it has ended, or ends meanwhile. Absent where a restart begins no other run.
   */
  readonly stay?: (signal: AbortSignal) => Promise<void>;
  /**
   * Calls the listener, until it is disposed, whenever the workspace may have been started, stopped or replaced, and
   * whenever such a change may have been missed. Absent where the platform tells of none.
   */
  readonly watch?: (listener: () => void) => Disposable;
}
