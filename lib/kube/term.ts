// One term of a leader: it lasts for as long as renewals are answered in time, and ends by itself when they are not.
import type { Clock } from '../clock.ts';
import { TransientError } from '../errors.ts';
import type { TermNumber } from '../reconcile/leadership.ts';
import type { Lease } from './lease.ts';

/**
 * Runs from before a request is sent, so that it ends before the time of others, who count from its effect. Both clocks
 * are asked: no step of the wall clock delays a timer, and a process that is stopped is told by the wall clock at once.
 */
export class Countdown {
  readonly #clock: Clock;
  readonly #end: number;
  readonly #cancel = new AbortController();
  #isTimedOut = false;

  constructor(clock: Clock, ms: number) {
    this.#clock = clock;
    this.#end = clock.now().getTime() + ms;
    clock.sleep(ms, this.#cancel.signal).then(
      () => {
        this.#isTimedOut = true;
        this.onEnd();
      },
      () => undefined, // a later one took its place
    );
  }

  /** Called when the timer ends. */
  onEnd: () => void = () => undefined;

  get isOver(): boolean {
    return this.#isTimedOut || this.#clock.now().getTime() >= this.#end;
  }

  cancel(): void {
    this.#cancel.abort();
  }
}

const LATE = 'its renewals were not answered in time';

export class Term {
  readonly #end = new AbortController();
  #lease: Lease;
  #countdown: Countdown;

  constructor(lease: Lease, countdown: Countdown) {
    this.#lease = lease;
    this.#countdown = countdown;
    this.extend(lease, countdown);
  }

  /** Aborts when the term is lost, with the reason. */
  get signal(): AbortSignal {
    return this.#end.signal;
  }

  get number(): TermNumber {
    const { metadata, spec } = this.#lease;
    return { since: Date.parse(metadata.creationTimestamp), transitions: spec?.leaseTransitions ?? 0 };
  }

  /** The newest version that is known. */
  get lease(): Lease {
    return this.#lease;
  }

  /** Says so also before the timer has told, and then loses it. */
  get isOver(): boolean {
    if (!this.#end.signal.aborted && this.#countdown.isOver) this.lose(LATE);
    return this.#end.signal.aborted;
  }

  /** @param countdown begun before the request was sent that this version of the Lease is the answer to */
  extend(lease: Lease, countdown: Countdown): void {
    if (countdown !== this.#countdown) this.#countdown.cancel();
    this.#lease = lease;
    this.#countdown = countdown;
    countdown.onEnd = () => {
      this.lose(LATE);
    };
    if (countdown.isOver) this.lose(LATE);
  }

  /** The Lease is ours still: the next renewal starts from this version. */
  learn(lease: Lease): void {
    this.#lease = lease;
  }

  /** Is it the very Lease that this term began with, held by the same holder without a break? */
  isSame(lease: Lease): boolean {
    const [now, then] = [lease.spec, this.#lease.spec];
    return (
      lease.metadata.uid === this.#lease.metadata.uid &&
      now?.holderIdentity === then?.holderIdentity &&
      now?.leaseTransitions === then?.leaseTransitions
    );
  }

  lose(why: string): void {
    this.close();
    this.#end.abort(new TransientError('NotLeading', `This controller leads no longer: ${why}.`));
  }

  /** Ends its timer. */
  close(): void {
    this.#countdown.cancel();
  }
}
