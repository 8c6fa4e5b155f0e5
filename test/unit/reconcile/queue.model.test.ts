// The work queue beside a model of it under random commands: the same keys, in the same order, at the same times.
import { expect } from 'chai';
import fc from 'fast-check';
import { RETRY_BASE_MS, RETRY_CAP_MS, WorkQueue, type QueueObserver } from '../../../lib/reconcile/queue.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { SEQUENCES_TIMEOUT_MS, trySequences } from '../../support/sequences.ts';

type Command =
  | { readonly do: 'add' | 'retry' | 'forget' | 'done'; readonly key: string }
  | { readonly do: 'addAfter'; readonly key: string; readonly ms: number }
  | { readonly do: 'next' }
  | { readonly do: 'advance'; readonly ms: number };

const COMMANDS = 10_000;
const LENGTH = { min: 100, max: 200 };

const silent: QueueObserver = {
  added: () => undefined,
  retried: () => undefined,
  depth: () => undefined,
  waited: () => undefined,
  worked: () => undefined,
};

const key = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
const command: fc.Arbitrary<Command> = fc.oneof(
  fc.record({ do: fc.constantFrom('add', 'retry', 'done', 'done', 'forget'), key }),
  fc.record({ do: fc.constant('addAfter'), key, ms: fc.integer({ min: 0, max: 500 }) }),
  fc.record({ do: fc.constant('next') }),
  fc.record({ do: fc.constant('next') }),
  fc.record({ do: fc.constant('advance'), ms: fc.integer({ min: 1, max: 400 }) }),
  { weight: 1, arbitrary: fc.record({ do: fc.constant('advance'), ms: fc.constant(RETRY_CAP_MS) }) },
);

describe('WorkQueue, beside its model', () => {
  it('hands out each key that was asked for, once at a time, in order, in time, and after the right back-off', async function () {
    this.timeout(SEQUENCES_TIMEOUT_MS);
    await trySequences({ command, length: LENGTH, commands: COMMANDS }, async (sequence) => {
      const pair = new Pair();
      for (const one of sequence) await pair.apply(one);
      await pair.drain();
    });
  });
});

/** A ready key; those that became ready at the same moment by delay may come in any order. */
interface Ready {
  readonly key: string;
  readonly rank: number;
}

/** What a queue has to do, written plainly, beside the queue that does it. */
class Pair {
  readonly #clock = new ManualClock();
  readonly #queue = new WorkQueue({ clock: this.#clock, observer: silent, random: () => 0.5 });
  readonly #ready: Ready[] = [];
  /** True: added again while it ran. */
  readonly #running = new Map<string, boolean>();
  readonly #delayed = new Map<string, number>();
  readonly #failures = new Map<string, number>();
  #ranks = 0;

  async apply(one: Command): Promise<void> {
    switch (one.do) {
      case 'add':
        this.#queue.add(one.key);
        this.#add(one.key, (this.#ranks += 1));
        break;
      case 'addAfter':
        this.#queue.addAfter(one.key, one.ms);
        this.#delay(one.key, one.ms);
        break;
      case 'retry':
        this.#queue.retry(one.key);
        this.#delay(one.key, this.#backoff(one.key));
        break;
      case 'forget':
        this.#queue.forget(one.key);
        this.#failures.delete(one.key);
        break;
      case 'next':
        if (this.#ready.length > 0) await this.#next();
        break;
      case 'done':
        this.#done(one.key);
        break;
      case 'advance':
        await this.#advance(one.ms);
        break;
    }
    expect(this.#queue.depth, 'ready keys').to.equal(this.#ready.length);
  }

  /** Ends what runs, and lets all time pass: then nothing is ready, waits or sleeps. */
  async drain(): Promise<void> {
    while (this.#ready.length + this.#running.size + this.#delayed.size > 0) {
      for (const [running] of this.#running) this.#done(running);
      while (this.#ready.length > 0) await this.#next();
      await this.apply({ do: 'advance', ms: RETRY_CAP_MS });
    }
    expect(this.#queue.depth).to.equal(0);
    this.#queue.shutDown();
    expect(this.#clock.sleeping).to.equal(0);
  }

  async #next(): Promise<void> {
    const first = this.#ready.reduce((a, b) => (b.rank < a.rank ? b : a));
    const equals = this.#ready.filter(({ rank }) => rank === first.rank).map((ready) => ready.key);
    const found = (await this.#queue.next()) ?? expect.fail('a ready key was not handed out');
    expect(equals, 'what may come next').to.include(found);
    this.#ready.splice(
      this.#ready.findIndex((ready) => ready.key === found),
      1,
    );
    this.#delayed.delete(found);
    this.#running.set(found, false);
  }

  #done(key: string): void {
    this.#queue.done(key);
    const again = this.#running.get(key);
    this.#running.delete(key);
    if (again === true) this.#add(key, (this.#ranks += 1));
  }

  #add(key: string, rank: number): void {
    if (this.#running.has(key)) this.#running.set(key, true);
    else if (!this.#ready.some((ready) => ready.key === key)) this.#ready.push({ key, rank });
  }

  #delay(key: string, ms: number): void {
    if (ms === 0) {
      this.#add(key, (this.#ranks += 1));
      return;
    }
    const at = this.#clock.now().getTime() + ms;
    this.#delayed.set(key, Math.min(this.#delayed.get(key) ?? at, at));
  }

  /** The middle of what is random. */
  #backoff(key: string): number {
    const failures = (this.#failures.get(key) ?? 0) + 1;
    this.#failures.set(key, failures);
    return Math.round(0.75 * Math.min(RETRY_CAP_MS, RETRY_BASE_MS * 2 ** (failures - 1)));
  }

  async #advance(ms: number): Promise<void> {
    await this.#clock.advance(ms);
    const now = this.#clock.now().getTime();
    const due = [...this.#delayed].filter(([, at]) => at <= now).sort(([, a], [, b]) => a - b);
    let before = -1;
    for (const [key, at] of due) {
      if (at !== before) this.#ranks += 1;
      before = at;
      this.#delayed.delete(key);
      this.#add(key, this.#ranks);
    }
  }
}
