// One question to a repository serves everybody who follows it; a broken one is asked less and less.
import { SharedCall } from '../bundle/shared-call.ts';
import type { Clock } from '../clock.ts';
import { PermanentError, TransientError } from '../errors.ts';
import { credentialsKey, type CredentialsRef } from './credentials.ts';
import { equalRefs, type RemoteRefs } from './remote-refs.ts';

/** What is asked, of whom, and as whom. */
export interface Listing {
  readonly repository: string;
  readonly credentials: CredentialsRef | undefined;
  readonly timeoutMs: number;
}

export interface RefsRequest extends Partial<Pick<Listing, 'credentials'>> {
  readonly repository: string;
  /** An answer, or a failure, from before this moment is not good enough. */
  readonly notOlderThan: Date;
  readonly retryIntervalMs: number;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export interface RefsAnswer {
  readonly refs: RemoteRefs;
  /** When the question was asked. */
  readonly time: Date;
}

export interface RefWatchOptions {
  readonly clock: Clock;
  /** Asks the repository; its failures are Transient or Permanent. */
  readonly list: (listing: Listing, signal: AbortSignal) => Promise<RemoteRefs>;
  /** Uniform in [0, 1): the jitter. */
  readonly random?: () => number;
}

interface Failed {
  readonly error: TransientError | PermanentError;
  readonly time: Date;
  /** In a row. */
  readonly count: number;
  readonly untilMs: number;
}

interface Watched {
  readonly answer?: RefsAnswer | undefined;
  readonly failed?: Failed | undefined;
  readonly running?: { readonly time: Date; readonly call: SharedCall<RefsAnswer> } | undefined;
}

/** Forgotten ones are asked again; the least recently asked are forgotten first. */
const MAX_REPOSITORIES = 1_000;
const JITTER = 0.1;

export class RefWatch {
  readonly #options: Required<RefWatchOptions>;
  /** By repository and credentials. */
  readonly #watched = new Map<string, Watched>();
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
   * its back-off has passed: from `retryIntervalMs`, doubled each time up to `intervalMs`, with 10 % of jitter. A
   * request that accepts nothing from before a moment after the failure (somebody asked for it now) overrides that.
   * @throws what `list` throws; a TransientError then says in `retryAfterMs` when it is worth asking again
   */
  async refs(request: RefsRequest): Promise<RefsAnswer> {
    const { signal } = request;
    const key = keyOf(request);
    const notOlderThan = Math.min(request.notOlderThan.getTime(), this.#now());
    for (;;) {
      const { answer, failed, running } = this.#watched.get(key) ?? {};
      const isCurrent = answer !== undefined && failed === undefined; // a failure since then is newer
      if (isCurrent && answer.time.getTime() >= notOlderThan) return answer;
      if (running === undefined || running.call.isAbandoned) {
        if (failed !== undefined && failed.time.getTime() > notOlderThan && this.#now() < failed.untilMs) {
          throw this.#again(failed);
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

  #ask(request: RefsRequest): SharedCall<RefsAnswer> {
    const { repository, credentials, timeoutMs } = request;
    const key = keyOf(request);
    const time = this.#options.clock.now();
    const call: SharedCall<RefsAnswer> = new SharedCall<RefsAnswer>(async (signal) => {
      try {
        const refs = await this.#options.list({ repository, credentials, timeoutMs }, signal);
        return this.#succeeded(request, { refs, time }, call);
      } catch (error) {
        throw this.#failed(request, error, call);
      }
    });
    this.#put(key, { ...this.#watched.get(key), running: { time, call } });
    return call;
  }

  #succeeded(request: RefsRequest, answer: RefsAnswer, call: SharedCall<RefsAnswer>): RefsAnswer {
    const key = keyOf(request);
    const before = this.#watched.get(key);
    if (before?.running?.call === call) this.#put(key, { answer });
    if (before?.answer !== undefined && !equalRefs(before.answer.refs, answer.refs)) {
      for (const listener of this.#listeners) listener(request.repository);
    }
    return answer;
  }

  #failed(request: RefsRequest, error: unknown, call: SharedCall<RefsAnswer>): unknown {
    const key = keyOf(request);
    const before = this.#watched.get(key);
    if (before?.running?.call !== call) return error;
    const answer = before.answer;
    const isOurs = error instanceof TransientError || error instanceof PermanentError;
    if (call.isAbandoned || !isOurs) {
      this.#put(key, { answer, failed: before.failed });
      return error;
    }
    const count = (before.failed?.count ?? 0) + 1;
    const failed = {
      error,
      count,
      time: this.#options.clock.now(),
      untilMs: this.#now() + this.#backOff(request, count),
    };
    this.#put(key, { answer, failed });
    return this.#again(failed);
  }

  #backOff({ retryIntervalMs, intervalMs }: RefsRequest, count: number): number {
    const cap = Math.max(intervalMs, retryIntervalMs);
    const delay = Math.min(retryIntervalMs * 2 ** Math.min(count - 1, 30), cap);
    return delay * (1 + JITTER * (2 * this.#options.random() - 1));
  }

  /** The failure as it stands now: the same words, and how long until it is worth asking again. */
  #again({ error, untilMs }: Failed): Error {
    if (error instanceof PermanentError) return error;
    const retryAfterMs = Math.max(0, Math.ceil(untilMs - this.#now()));
    return new TransientError(error.reason, error.message, { cause: error, retryAfterMs });
  }

  #put(key: string, watched: Watched): void {
    this.#watched.delete(key);
    this.#watched.set(key, watched);
    for (const [name, { running }] of this.#watched) {
      if (this.#watched.size <= MAX_REPOSITORIES) return;
      if (running === undefined) this.#watched.delete(name);
    }
  }

  #now(): number {
    return this.#options.clock.now().getTime();
  }
}

/** Whoever has other credentials may see other refs, or none. */
function keyOf({ repository, credentials }: RefsRequest): string {
  return JSON.stringify([repository, credentialsKey(credentials)]);
}
