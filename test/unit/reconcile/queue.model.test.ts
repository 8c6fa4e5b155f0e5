// The work queue beside a model of it under random commands: the same keys, in the same order, at the same times; none starves.
import { expect } from 'chai';
import fc from 'fast-check';
import { FRONT_PER_BACKGROUND, type Lane } from '../../../lib/reconcile/lanes.ts';
import { RETRY_BASE_MS, RETRY_CAP_MS, WorkQueue, type QueueObserver } from '../../../lib/reconcile/queue.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { SEQUENCES_TIMEOUT_MS, trySequences } from '../../support/sequences.ts';
import { suiteSeed } from '../../faults/tried.ts';

type Command =
  | { readonly do: 'retry' | 'forget' | 'done' | 'take'; readonly key: string }
  | { readonly do: 'add'; readonly key: string; readonly lane: Lane }
  | { readonly do: 'addAfter'; readonly key: string; readonly ms: number; readonly lane: Lane }
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
  running: () => undefined,
};

const key = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
const lane = fc.constantFrom<Lane>('Front', 'Background');
const command: fc.Arbitrary<Command> = fc.oneof(
  fc.record({ do: fc.constantFrom('retry', 'done', 'done', 'forget', 'take'), key }),
  fc.record({ do: fc.constant('add'), key, lane }),
  fc.record({ do: fc.constant('addAfter'), key, lane, ms: fc.integer({ min: 0, max: 500 }) }),
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

  it('lets no key wait for more others than were before it in its lane, and the share of the other lane', async () => {
    const keys = fc.integer({ min: 1, max: 100 });
    await fc.assert(
      fc.asyncProperty(keys, keys, fc.integer({ min: 0, max: 20 }), async (front, background, served) => {
        const queue = new WorkQueue({ clock: new ManualClock(), observer: silent });
        for (let index = 0; index < served; index += 1) queue.add(`before ${index}`);
        for (let index = 0; index < served; index += 1) await queue.next();
        for (let index = 0; index < background; index += 1) queue.add(`due ${index}`, 'Background');
        for (let index = 0; index < front; index += 1) queue.add(`changed ${index}`);
        queue.add(`due ${background - 1}`);

        const order = await takeAll(queue);

        const share = FRONT_PER_BACKGROUND;
        for (const [index, found] of order.entries()) {
          const [kind, place = ''] = found.split(' ');
          const isInFront = kind === 'changed' || found === `due ${background - 1}`;
          const ahead = kind === 'changed' ? Number(place) : isInFront ? front : Number(place);
          const bound = isInFront ? ahead + Math.floor(ahead / share) + 1 : (ahead + 1) * (share + 1);
          expect(index, found).to.be.at.most(bound);
        }
        expect(new Set(order).size)
          .to.equal(order.length)
          .and.to.equal(front + background);
      }),
      { seed: suiteSeed(), numRuns: 100 },
    );
  });
});

async function takeAll(queue: WorkQueue): Promise<readonly string[]> {
  const keys: string[] = [];
  while (queue.depth > 0) keys.push((await queue.next()) ?? expect.fail('a ready key was not handed out'));
  return keys;
}

/** A ready key; those that became ready at the same moment by delay may come in any order. */
interface Ready {
  readonly key: string;
  readonly lane: Lane;
  readonly rank: number;
}

/** What a queue has to do, written plainly, beside the queue that does it. */
class Pair {
  readonly #clock = new ManualClock();
  readonly #queue = new WorkQueue({ clock: this.#clock, observer: silent, random: () => 0.5 });
  readonly #ready: Ready[] = [];
  /** Of the front, since one of the background was handed out. */
  #inARow = 0;
  /** Where it was added again while it ran. */
  readonly #running = new Map<string, Lane | undefined>();
  readonly #delayed = new Map<string, { readonly at: number; readonly lane: Lane }>();
  readonly #failures = new Map<string, number>();
  #ranks = 0;

  async apply(one: Command): Promise<void> {
    switch (one.do) {
      case 'add':
        this.#queue.add(one.key, one.lane);
        this.#add(one.key, one.lane, (this.#ranks += 1));
        break;
      case 'addAfter':
        this.#queue.addAfter(one.key, one.ms, one.lane);
        this.#delay(one.key, one.lane, one.ms);
        break;
      case 'retry':
        this.#queue.retry(one.key);
        this.#delay(one.key, 'Background', this.#backoff(one.key));
        break;
      case 'forget':
        this.#queue.forget(one.key);
        this.#failures.delete(one.key);
        break;
      case 'next':
        if (this.#ready.length > 0) await this.#next();
        break;
      case 'take':
        this.#take(one.key);
        break;
      case 'done':
        this.#done(one.key);
        break;
      case 'advance':
        await this.#advance(one.ms);
        break;
    }
    expect(this.#queue.depth, 'ready keys').to.equal(this.#ready.length);
    expect(this.#queue.atWork, 'running keys').to.equal(this.#running.size);
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
    const isTurnOfBackground = this.#inARow >= FRONT_PER_BACKGROUND;
    const due = this.#ready.filter(({ lane }) => (lane === 'Background') === isTurnOfBackground);
    const line = due.length > 0 ? due : this.#ready;
    const first = line.reduce((a, b) => (b.rank < a.rank ? b : a));
    this.#inARow = first.lane === 'Front' ? this.#inARow + 1 : 0;
    const equals = line.filter(({ rank }) => rank === first.rank).map((ready) => ready.key);
    const found = (await this.#queue.next()) ?? expect.fail('a ready key was not handed out');
    expect(equals, 'what may come next').to.include(found);
    this.#begin(found);
  }

  #take(key: string): void {
    const isReady = this.#ready.some((ready) => ready.key === key);
    expect(this.#queue.take(key), `whether ${key} was ready`).to.equal(isReady);
    if (isReady) this.#begin(key);
  }

  #begin(key: string): void {
    this.#drop(key);
    this.#delayed.delete(key);
    this.#running.set(key, undefined);
  }

  #done(key: string): void {
    this.#queue.done(key);
    const again = this.#running.get(key);
    this.#running.delete(key);
    if (again !== undefined) this.#add(key, again, (this.#ranks += 1));
  }

  #add(key: string, lane: Lane, rank: number): void {
    if (this.#running.has(key)) {
      this.#running.set(key, inFront(lane, this.#running.get(key)));
      return;
    }
    const known = this.#ready.find((ready) => ready.key === key)?.lane;
    if (known === lane || known === 'Front') return;
    this.#drop(key);
    this.#ready.push({ key, lane, rank });
  }

  #drop(key: string): void {
    const index = this.#ready.findIndex((ready) => ready.key === key);
    if (index >= 0) this.#ready.splice(index, 1);
  }

  #delay(key: string, lane: Lane, ms: number): void {
    if (ms === 0) {
      this.#add(key, lane, (this.#ranks += 1));
      return;
    }
    const at = this.#clock.now().getTime() + ms;
    const known = this.#delayed.get(key);
    this.#delayed.set(key, { at: Math.min(known?.at ?? at, at), lane: inFront(lane, known?.lane) });
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
    const due = [...this.#delayed].filter(([, { at }]) => at <= now).sort(([, a], [, b]) => a.at - b.at);
    let before = -1;
    for (const [key, { at, lane }] of due) {
      if (at !== before) this.#ranks += 1;
      before = at;
      this.#delayed.delete(key);
      this.#add(key, lane, this.#ranks);
    }
  }
}

/** Of what was asked for at several times the front counts. */
function inFront(lane: Lane, other: Lane | undefined): Lane {
  return other === 'Front' ? other : lane;
}
