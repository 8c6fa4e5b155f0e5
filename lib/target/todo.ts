// What remains to be done after a change of a plugin, as the workspace itself remembers it.
import type { Digest } from '../bundle/bundle.ts';

/** Whether the agent takes a change up by itself, or only when it is started again. */
export type ReloadClass = 'HotReload' | 'Restart';

/** In the order in which they are done. */
export type Step = 'Restart' | 'HealthCheck';

/** What a change is to be followed by. */
export interface Afterwards {
  /** `WhenNeeded`: when a path has changed that the agent does not load anew by itself. */
  /** `Proven`: as `WhenNeeded`, and one that somebody else did, or that has no known end, is done once what runs stays up. */
  readonly restart: 'Proven' | 'WhenNeeded' | 'Never';
  readonly healthCheck: boolean;
}

/**
 * Kept in the workspace from before the swap until the last step is done or settled, so that neither a crash nor another
 * leader loses or repeats one. A later change of the same plugin takes its place; a restart that is still due stays due.
 */
export interface Todo {
  /** Of the tree that the change made live; undefined for a removal. */
  readonly digest: Digest | undefined;
  /** Of the change. */
  readonly reload: ReloadClass;
  /** Never empty. A restart that has happened meanwhile, whoever did it, is none of them. */
  readonly steps: readonly [Step, ...Step[]];
  /** The restart has happened since, whoever did it; what is due of it is only to see that what runs now stays up. */
  readonly isStarted?: true;
  /** The first of the steps has been tried and has failed; nothing more happens until somebody asks for it. */
  readonly failed: StepFailure | undefined;
}

export interface StepFailure {
  readonly step: Step;
  /** One line, printable, at most 600 characters. */
  readonly message: string;
}

export interface SettleRequest {
  readonly plugin: string;
  /** Asked for no more. */
  readonly step: Step;
}

export interface CheckRequest {
  readonly plugin: string;
  /** Checked only while the health check of this content is the next step. */
  readonly digest: Digest;
  /** Run in the workspace's root as the workspace's owner, with PLUGIN_DIR and CONFIGS_DIR; at most 32 KiB in all. */
  readonly command: readonly [string, ...string[]];
  /** Whole seconds count; at most 600,000. */
  readonly timeoutMs: number;
}
