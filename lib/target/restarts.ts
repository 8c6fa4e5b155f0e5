// Restarts of what runs in a workspace: tries or proves one, and has on record what came of it.
import { attempt, TransientError } from '../errors.ts';
import type { Runtime } from '../runtimes/runtime.ts';
import type { Found, Target } from './exchange.ts';
import type { RestartOutcome } from './protocol.ts';
import type { Epoch } from './target.ts';

export class Restarts {
  readonly #runtime: Runtime;
  readonly #epoch: () => Epoch;
  readonly #target: Target;

  constructor(options: { readonly runtime: Runtime; readonly epoch: () => Epoch; readonly target: Target }) {
    this.#runtime = options.runtime;
    this.#epoch = options.epoch;
    this.#target = options.target;
  }

  /** Where a restart only tells the agent, what was seen before goes on to count. */
  get beginsRun(): boolean {
    return this.#runtime.restarts === 'Workspace';
  }

  /** The run of the workspace that is there now; undefined where that cannot be told. */
  async currentRun(signal: AbortSignal): Promise<string | undefined> {
    const probed = await attempt(async () => this.#runtime.probe(signal));
    return probed.ok ? probed.value.instance : undefined;
  }

  /**
   * Restarts what runs in the workspace. Once begun it is not broken off: the runtime has a deadline of its own.
   * @throws whatever the runtime throws when it could not be tried; TransientError `NotLeading` when our term is over
   */
  async restart(): Promise<RestartOutcome> {
    // What restarts it takes no ticket: who was stopped for a while must notice here that its term is over.
    this.#epoch();
    const failure = await failureOf(async () => {
      await this.#runtime.restart(new AbortController().signal);
    });
    return { tried: 'Restart', failure };
  }

  /** Sees to it that what runs since an earlier restart stays up. */
  async prove(signal: AbortSignal): Promise<RestartOutcome> {
    return { tried: 'Proof', failure: await failureOf(async () => this.#runtime.stay?.(signal)) };
  }

  /**
   * Records it for every plugin that waits for it.
   * @param asked.plugins those that are known to wait
   * @param asked.looks all that is looked at, those among it
   * @throws TransientError `RestartFailed` where the workspace cannot have a failure on record: it is down, or in another
   * run, for which no restart is due
   */
  async tell(
    outcome: RestartOutcome,
    { plugins, looks }: { readonly plugins: readonly string[]; readonly looks: readonly string[] },
    signal: AbortSignal,
  ): Promise<Found> {
    const { failure } = outcome;
    try {
      const found = await this.#target.record(outcome, looks, signal);
      const isOnRecord = plugins.every((name) => found.looks.get(name)?.plugin.todo?.failed !== undefined);
      if (failure !== undefined && !isOnRecord) throw new TransientError('RestartFailed', failure);
      return found;
    } catch (error) {
      const isDown = error instanceof TransientError && error.reason === 'WorkspaceUnreachable';
      if (failure === undefined || !isDown) throw error;
      throw new TransientError('RestartFailed', failure, { cause: error });
    }
  }
}

async function failureOf(call: () => Promise<void>): Promise<string | undefined> {
  try {
    await call();
    return undefined;
  } catch (error) {
    if (error instanceof TransientError && error.reason === 'RestartFailed') return error.message;
    throw error;
  }
}
