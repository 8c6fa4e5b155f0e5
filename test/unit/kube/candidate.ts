// One who competes for a Lease, over a network that a test can disturb.
import { TransientError } from '../../../lib/errors.ts';
import type { Clock } from '../../../lib/clock.ts';
import { Election } from '../../../lib/kube/election.ts';
import type { KubeClient } from '../../../lib/kube/kube.ts';
import { silentLogger } from '../../../lib/logger.ts';

export const LEASE_MS = 15_000;
export const RENEW_MS = 10_000;
export const RETRY_MS = 2_000;
export const LEASE_NAME = { namespace: 'default', name: 'controller' };

/** `Silent`: requests are lost; `Deaf`: answers are lost; `Refused`: there is no connection. */
export type Network = 'Open' | 'Silent' | 'Deaf' | 'Refused';

export class Candidate {
  network: Network = 'Open';
  /** Terms that were lost. */
  losses = 0;
  readonly name: string;
  readonly election: Election;
  /** Settles when `run` does; never for one that was killed. */
  readonly ended: Promise<unknown>;
  readonly #running: () => Promise<void>;
  readonly #end = new AbortController();
  readonly #work = Promise.withResolvers<undefined>();
  #isLeading = false;
  #isDead = false;

  constructor(options: {
    readonly name: string;
    readonly kube: KubeClient;
    readonly clock: Clock;
    readonly random?: () => number;
    /** Resolves when its process is not stopped. */
    readonly running?: () => Promise<void>;
  }) {
    const { name, kube, clock, random = () => 0.5 } = options;
    this.name = name;
    this.#running = options.running ?? (() => Promise.resolve());
    this.election = new Election({
      client: this.#over(kube),
      clock,
      random,
      logger: silentLogger,
      name: LEASE_NAME,
      identity: name,
      durationMs: LEASE_MS,
      renewDeadlineMs: RENEW_MS,
      retryPeriodMs: RETRY_MS,
      onChange: (isLeading) => {
        this.#isLeading = isLeading;
      },
    });
    this.ended = this.election.run((term) => this.#lead(term), this.#end.signal);
  }

  get leads(): boolean {
    return this.#isLeading && !this.#isDead;
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  /** The end is asked for; its work goes on until `finish`. */
  stop(): void {
    this.#end.abort();
    if (this.#isDead) this.finish();
  }

  finish(): void {
    this.#work.resolve(undefined);
  }

  /** It is gone without a word. */
  kill(): void {
    this.#isDead = true;
    this.network = 'Silent';
    this.stop();
  }

  async #lead(term: AbortSignal): Promise<void> {
    const lost = Promise.withResolvers<undefined>();
    term.addEventListener(
      'abort',
      () => {
        this.losses += 1;
        lost.resolve(undefined);
      },
      { once: true },
    );
    await Promise.race([lost.promise, this.#work.promise]);
  }

  #over(kube: KubeClient): KubeClient {
    return {
      list: (resource, request) => kube.list(resource, request),
      watch: (resource, request) => kube.watch(resource, request),
      get: (resource, name, signal) => this.#travel(signal, () => kube.get(resource, name, signal)),
      create: (resource, namespace, object, signal) =>
        this.#travel(signal, () => kube.create(resource, namespace, object, signal)),
      patch: (resource, name, request) =>
        this.#travel(request.signal, () => kube.patch(resource, name, request)),
      updateStatus: (resource, object, request) =>
        this.#travel(request.signal, () => kube.updateStatus(resource, object, request)),
      delete: (resource, name, request) =>
        this.#travel(request.signal, () => kube.delete(resource, name, request)),
    };
  }

  async #travel<T>(signal: AbortSignal, request: () => Promise<T>): Promise<T> {
    if (this.network === 'Refused') throw new TransientError('APIUnavailable', 'connection refused');
    if (this.network === 'Silent') return untilGivenUp(signal);
    const answer = await request();
    await this.#running();
    return this.network === 'Deaf' ? untilGivenUp(signal) : answer;
  }
}

function untilGivenUp(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  const giveUp = (): void => {
    reject(signal.reason as Error);
  };
  if (signal.aborted) giveUp();
  signal.addEventListener('abort', giveUp, { once: true });
  return promise;
}
