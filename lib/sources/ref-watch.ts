// One question to a repository serves everybody who follows it; a broken one is asked less and less.
import { SharedCall } from '../bundle/shared-call.ts';
import type { Clock } from '../clock.ts';
import { credentialsKey, type CredentialsRef } from './credentials.ts';
import { abortError, withDeadline } from './deadline.ts';
import { asItStands, failedAgain, leftMs, type RetryIntervals } from './failed.ts';
import { equalRefs, type RemoteRefs } from './remote-refs.ts';
import { type RefsAnswer, WatchedRepositories } from './watched.ts';

/** What is asked, of whom, and as whom. */
export interface Listing {
  readonly repository: string;
  readonly credentials: CredentialsRef | undefined;
}

export interface RefsRequest extends Partial<Pick<Listing, 'credentials'>>, RetryIntervals {
  readonly repository: string;
  /** An answer, or a failure, from before this moment is not good enough. */
  readonly notOlderThan: Date;
  /** How long this one waits; the question goes on while others do. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export interface RefWatchOptions {
  readonly clock: Clock;
  /** Asks the repository; its failures are Transient or Permanent. */
  readonly list: (listing: Listing, signal: AbortSignal) => Promise<RemoteRefs>;
  /** Uniform in [0, 1): the jitter. */
  readonly random?: () => number;
}

export class RefWatch {
  readonly #options: Required<RefWatchOptions>;
  readonly #watched = new WatchedRepositories();
  readonly #listeners: ((repository: string) => void)[] = [];

  constructor(options: RefWatchOptions) {
    this.#options = { random: Math.random, ...options };
  }

  /** Calls back when a repository's refs differ from what it answered before. */
  onChange(listener: (repository: string) => void): void {
    this.#listeners.push(listener);
  }

  /**
   * The refs of the repository, at least as new as asked for. While it is failing, the failure is the answer until
   * its back-off has passed (failed.ts). A request that accepts nothing from before a moment after the failure
   * (somebody asked for it now) overrides that.
   * @throws what `list` throws; a TransientError then says in `retryAfterMs` when it is worth asking again;
   * TransientError `FetchFailed` after `timeoutMs`
   */
  refs(request: RefsRequest): Promise<RefsAnswer> {
    const { repository, timeoutMs: ms, signal } = request;
    const what = `asking ${repository} for its refs`;
    return withDeadline({ what, ms, signal }, async ({ signal: own }) => {
      try {
        return await this.#refs({ ...request, signal: own });
      } catch (error) {
        if (own.aborted && !signal.aborted) throw await this.#late(request, own);
        throw this.#again(error, request);
      }
    });
  }

  async #refs(request: RefsRequest): Promise<RefsAnswer> {
    const { signal } = request;
    const key = keyOf(request);
    const notOlderThan = Math.min(request.notOlderThan.getTime(), this.#now());
    for (;;) {
      const { answer, failed, running } = this.#watched.get(key);
      const isCurrent = answer !== undefined && failed === undefined; // a failure since then is newer
      if (isCurrent && answer.time.getTime() >= notOlderThan) return answer;
      if (running === undefined || running.call.isAbandoned) {
        if (
          failed !== undefined &&
          failed.time.getTime() > notOlderThan &&
          leftMs(failed, request, this.#options.clock.now()) > 0
        ) {
          throw failed.error;
        }
        return this.#ask(request).join(signal);
      }
      if (running.time.getTime() >= notOlderThan) return running.call.join(signal);
      // Asked too early to be an answer to this question: wait for it, so that there is one question at a time.
      await running.call.join(signal).catch((error: unknown) => {
        if (signal.aborted) throw error;
      });
    }
  }

  #ask({ repository, credentials }: RefsRequest): SharedCall<RefsAnswer> {
    const listing = { repository, credentials };
    const key = keyOf(listing);
    const time = this.#options.clock.now();
    const call: SharedCall<RefsAnswer> = new SharedCall<RefsAnswer>(async (signal) => {
      try {
        const refs = await this.#options.list(listing, signal);
        return this.#succeeded(listing, { refs, time }, call);
      } catch (error) {
        this.#failed(key, error, call);
        throw error;
      }
    });
    this.#watched.put(key, { ...this.#watched.get(key), running: { time, call } });
    return call;
  }

  #succeeded(listing: Listing, answer: RefsAnswer, call: SharedCall<RefsAnswer>): RefsAnswer {
    const key = keyOf(listing);
    const before = this.#watched.get(key);
    if (before.running?.call === call) this.#watched.put(key, { answer });
    if (before.answer !== undefined && !equalRefs(before.answer.refs, answer.refs)) {
      for (const listener of this.#listeners) listener(listing.repository);
    }
    return answer;
  }

  #failed(key: string, error: unknown, call: SharedCall<RefsAnswer>): void {
    const { answer, failed, running } = this.#watched.get(key);
    if (running?.call !== call) return;
    const again = call.isAbandoned ? undefined : failedAgain(failed, error, this.#options);
    this.#watched.put(key, { answer, failed: again ?? failed });
  }

  #again(error: unknown, request: RefsRequest): unknown {
    const { failed } = this.#watched.get(keyOf(request));
    return failed !== undefined && failed.error === error
      ? asItStands(failed, request, this.#options.clock.now())
      : error;
  }

  /** When nobody else waits, git and all it started are gone before this one hears of it. */
  async #late(request: RefsRequest, own: AbortSignal): Promise<Error> {
    const { running } = this.#watched.get(keyOf(request));
    if (running?.call.isAbandoned === true) await running.call.ended();
    return abortError(own);
  }

  #now(): number {
    return this.#options.clock.now().getTime();
  }
}

/** Whoever has other credentials may see other refs, or none. */
function keyOf({ repository, credentials }: Pick<RefsRequest, 'repository' | 'credentials'>): string {
  return JSON.stringify([repository, credentialsKey(credentials)]);
}
