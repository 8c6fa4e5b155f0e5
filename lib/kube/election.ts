// Leader election: competes for a Lease, keeps it, and stops acting before anybody else may begin.
import { startDeadline, sleepUnlessAborted } from '../deadline.ts';
import { PermanentError, TransientError, messageOf } from '../errors.ts';
import type { Logger } from '../logger.ts';
import type { Leadership, TermNumber } from '../reconcile/leadership.ts';
import { LeaseRecord, type Lease, type LeaseConfig } from './lease.ts';
import { Patience } from './patience.ts';
import { Countdown, Term } from './term.ts';

/** Competitors that begin together do not ask together for ever: each wait is up to this much longer. */
const JITTER = 0.2;

/** Giving the Lease back may take this long; then the others wait for its expiry. */
const RELEASE_MS = 3_000;

/** `durationMs` > `renewDeadlineMs` > `retryPeriodMs`. Clocks may differ in rate by the ratio of the first two. */
export interface ElectionConfig extends LeaseConfig {
  readonly logger: Logger;
  /** A leader whose last answered renewal is older than this stops acting; milliseconds. */
  readonly renewDeadlineMs: number;
  /** Between renewals, and between looks of those who wait; milliseconds. */
  readonly retryPeriodMs: number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Told of each change. */
  readonly onChange: (isLeading: boolean) => void;
}

export class Election implements Leadership {
  readonly #config: ElectionConfig;
  readonly #logger: Logger;
  readonly #record: LeaseRecord;
  #term: Term | undefined;
  #complaint = '';
  #holder: string | undefined;

  constructor(config: ElectionConfig) {
    const { namespace, name } = config.name;
    this.#config = config;
    this.#logger = config.logger.with({ lease: `${namespace}/${name}`, identity: config.identity });
    this.#record = new LeaseRecord(config);
  }

  term(): TermNumber {
    const term = this.#term;
    if (term === undefined) throw new TransientError('NotLeading', 'This controller does not lead.');
    if (term.isOver) throw term.signal.reason;
    return term.number;
  }

  async confirm(signal: AbortSignal): Promise<boolean> {
    const term = this.#term;
    if (term === undefined || term.isOver) return false;
    try {
      const lease = await this.#bounded(signal, (bound) => this.#record.read(bound));
      return lease !== undefined && term.isSame(lease) && !term.isOver;
    } catch (error) {
      this.#complain(error);
      return false;
    }
  }

  async run(lead: (term: AbortSignal) => Promise<void>, end: AbortSignal): Promise<void> {
    this.#config.onChange(false);
    for (let term = await this.#win(end); term !== undefined; term = await this.#win(end)) {
      await this.#serve(term, lead);
    }
  }

  /** Waits until the Lease is ours; undefined when the end comes first. */
  async #win(end: AbortSignal): Promise<Term | undefined> {
    const { clock, retryPeriodMs, random } = this.#config;
    const patience = new Patience(this.#config.durationMs);
    while (!end.aborted) {
      const term = await this.#compete(patience, end);
      if (term !== undefined) return term;
      const ms = patience.untilNext(retryPeriodMs * (1 + JITTER * random()));
      await sleepUnlessAborted(clock, ms, end);
      patience.waited(ms);
    }
    return undefined;
  }

  /** Looks at the Lease, and takes it when it is free, expired or ours. */
  async #compete(patience: Patience, end: AbortSignal): Promise<Term | undefined> {
    const { clock, renewDeadlineMs } = this.#config;
    try {
      const lease = await this.#bounded(end, (bound) => this.#record.read(bound));
      patience.saw(lease);
      this.#tellHolder(lease);
      if (!patience.isOver && !(lease !== undefined && this.#record.isOurs(lease))) return undefined;
      const countdown = new Countdown(clock, renewDeadlineMs);
      try {
        const taken = await this.#bounded(end, (bound) => this.#record.take(lease, bound));
        const term = new Term(taken, countdown);
        return term.isOver ? undefined : term;
      } catch (error) {
        countdown.cancel();
        throw error;
      }
    } catch (error) {
      if (!end.aborted) this.#complain(error);
      return undefined;
    }
  }

  async #serve(term: Term, lead: (term: AbortSignal) => Promise<void>): Promise<void> {
    this.#term = term;
    this.#complaint = '';
    this.#holder = this.#config.identity;
    this.#logger.info('This controller leads.', { ...term.number });
    this.#config.onChange(true);
    const done = new AbortController();
    const keeping = this.#keep(term, done.signal);
    try {
      await lead(term.signal);
    } finally {
      done.abort();
      await keeping;
      await this.#giveBack(term);
    }
  }

  /** Renews until the term is lost or done. */
  async #keep(term: Term, done: AbortSignal): Promise<void> {
    const stop = AbortSignal.any([term.signal, done]);
    term.signal.addEventListener(
      'abort',
      () => {
        this.#logger.warn(messageOf(term.signal.reason));
        this.#config.onChange(false);
      },
      { once: true },
    );
    for (;;) {
      await sleepUnlessAborted(this.#config.clock, this.#config.retryPeriodMs, stop);
      if (stop.aborted) return;
      const failure = await this.#renew(term, stop);
      // After an answer that was lost, or somebody's edit, there is no pause: the time runs.
      if (isChange(failure) && (await this.#isStillOurs(term, stop))) await this.#renew(term, stop);
    }
  }

  /** Returns why it failed, if it did. */
  async #renew(term: Term, stop: AbortSignal): Promise<unknown> {
    const countdown = new Countdown(this.#config.clock, this.#config.renewDeadlineMs);
    try {
      const lease = await this.#bounded(stop, (bound) => this.#record.renew(term.lease, bound));
      term.extend(lease, countdown);
      this.#complaint = '';
      return undefined;
    } catch (error) {
      countdown.cancel();
      if (!stop.aborted) this.#complain(error);
      return error;
    }
  }

  /** Reads the Lease anew. Loses the term when it is not ours. */
  async #isStillOurs(term: Term, stop: AbortSignal): Promise<boolean> {
    try {
      const lease = await this.#bounded(stop, (bound) => this.#record.read(bound));
      if (lease === undefined) term.lose('its Lease was deleted');
      else if (!term.isSame(lease)) term.lose(`its Lease is held by ${holderOf(lease)}`);
      else term.learn(lease);
    } catch (error) {
      if (!stop.aborted) this.#complain(error);
    }
    return !term.isOver;
  }

  async #giveBack(term: Term): Promise<void> {
    const { clock, onChange } = this.#config;
    const isOurs = !term.isOver;
    this.#term = undefined;
    term.close();
    if (!isOurs) return;
    onChange(false);
    using deadline = startDeadline(clock, RELEASE_MS, new AbortController().signal);
    try {
      await this.#record.release(term.lease, deadline.signal);
      this.#logger.info('The Lease was given back.');
    } catch (error) {
      this.#logger.warn('The Lease was not given back; it expires.', { error: messageOf(error) });
    }
  }

  /** No single request uses up the renew deadline: one that is lost leaves time for another. */
  async #bounded<T>(signal: AbortSignal, call: (signal: AbortSignal) => Promise<T>): Promise<T> {
    using deadline = startDeadline(this.#config.clock, this.#config.renewDeadlineMs / 2, signal);
    return await call(deadline.signal);
  }

  #tellHolder(lease: Lease | undefined): void {
    const holder = lease === undefined ? '' : holderOf(lease);
    if (holder === this.#holder) return;
    this.#holder = holder;
    if (holder !== '')
      this.#logger.info('Another controller leads; this one is ready to take over.', { holder });
  }

  /** Says the same thing once. */
  #complain(error: unknown): void {
    const complaint = messageOf(error);
    if (complaint === this.#complaint) return;
    this.#complaint = complaint;
    // A conflict says that somebody else was first.
    const level = error instanceof TransientError && error.reason === 'Conflict' ? 'debug' : 'warn';
    this.#logger[level]('A request about the Lease failed and is repeated.', { error: complaint });
  }
}

/** The Lease has another version than we knew, or is gone. */
function isChange(error: unknown): boolean {
  const isConflict = error instanceof TransientError && error.reason === 'Conflict';
  return isConflict || (error instanceof PermanentError && error.reason === 'NotFound');
}

function holderOf(lease: Lease): string {
  return lease.spec?.holderIdentity ?? '';
}
