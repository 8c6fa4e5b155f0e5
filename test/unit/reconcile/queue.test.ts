// The work queue against a model: no key twice at once, no wake-up lost, first come first served.
import { expect } from 'chai';
import fc from 'fast-check';
import { WorkQueue, type QueueObserver } from '../../../lib/reconcile/queue.ts';
import { ManualClock, settle } from '../../support/manual-clock.ts';

const silent: QueueObserver = {
  added: () => undefined,
  retried: () => undefined,
  depth: () => undefined,
  waited: () => undefined,
  worked: () => undefined,
};

function newQueue(): { clock: ManualClock; queue: WorkQueue } {
  const clock = new ManualClock();
  return { clock, queue: new WorkQueue({ clock, observer: silent, random: () => 0.5 }) };
}

describe('WorkQueue', () => {
  it('hands out keys in the order in which they came, each once', async () => {
    const { queue } = newQueue();
    for (const key of ['a', 'b', 'a', 'c']) queue.add(key);

    expect([await queue.next(), await queue.next(), await queue.next()]).to.deep.equal(['a', 'b', 'c']);
    expect(queue.depth).to.equal(0);
  });

  it('hands out a key that is added while it runs once more, after it is done', async () => {
    const { queue } = newQueue();
    queue.add('a');
    await queue.next();
    queue.add('a');
    queue.add('a');
    expect(queue.depth).to.equal(0);

    queue.done('a');

    expect(await queue.next()).to.equal('a');
    queue.done('a');
    expect(queue.depth).to.equal(0);
  });

  it('puts a key that comes back behind those that wait', async () => {
    const { queue } = newQueue();
    queue.add('a');
    await queue.next();
    queue.add('a');
    queue.add('b');
    queue.done('a');

    expect([await queue.next(), await queue.next()]).to.deep.equal(['b', 'a']);
  });

  it('adds a delayed key at the earliest of the times asked for', async () => {
    const { clock, queue } = newQueue();
    queue.addAfter('a', 5_000);
    queue.addAfter('a', 1_000);
    queue.addAfter('a', 9_000);

    await clock.advance(999);
    expect(queue.depth).to.equal(0);
    await clock.advance(1);
    expect(queue.depth).to.equal(1);
    await queue.next();
    queue.done('a');
    await clock.advance(60_000);
    expect(queue.depth).to.equal(0);
  });

  it('keeps one timer however many keys are delayed', async () => {
    const { clock, queue } = newQueue();
    for (let key = 0; key < 1_000; key += 1) queue.addAfter(String(key), 1_000 + ((key * 7_919) % 1_000));

    expect(clock.sleeping).to.equal(1);
    await clock.advance(2_000);

    expect(queue.depth).to.equal(1_000);
    expect(clock.sleeping).to.equal(0);
  });

  it('doubles the back-off of a key up to its cap, until it is forgotten', async () => {
    const { clock, queue } = newQueue();
    const delays: number[] = [];
    const measure = async (): Promise<void> => {
      queue.retry('a');
      const begun = clock.now().getTime();
      const next = queue.next();
      while (queue.depth === 0 && clock.sleeping > 0) await clock.advance(25);
      await next;
      delays.push(clock.now().getTime() - begun);
      queue.done('a');
    };
    for (let failure = 0; failure < 3; failure += 1) await measure();
    queue.forget('a');
    await measure();

    expect(delays).to.deep.equal([75, 150, 300, 75]);
  });

  it('waits at least as long as a server asked for', async () => {
    const { clock, queue } = newQueue();
    queue.retry('a', 7_000);

    await clock.advance(6_999);
    expect(queue.depth).to.equal(0);
    await clock.advance(1);
    expect(queue.depth).to.equal(1);
  });

  it('sleeps longer than a timer of the platform can', async () => {
    const { clock, queue } = newQueue();
    const days = 24 * 60 * 60_000;
    queue.addAfter('a', 60 * days);

    await clock.advance(59 * days);
    expect(queue.depth).to.equal(0);
    await clock.advance(days);
    expect(queue.depth).to.equal(1);
  });

  it('hands out nothing after a shutdown, and leaves no timer', async () => {
    const { clock, queue } = newQueue();
    queue.addAfter('later', 1_000);
    const waiting = queue.next();
    await settle();

    queue.shutDown();
    queue.add('a');
    queue.addAfter('b', 1);

    expect(await waiting).to.equal(undefined);
    expect(await queue.next()).to.equal(undefined);
    expect(clock.sleeping).to.equal(0);
  });

  it('keeps its promises under random commands', async function () {
    this.timeout(30_000);
    const key = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
    const command = fc.oneof(
      fc.record({ do: fc.constant('add' as const), key }),
      fc.record({ do: fc.constant('addAfter' as const), key, ms: fc.integer({ min: 0, max: 50 }) }),
      fc.record({ do: fc.constant('retry' as const), key }),
      fc.record({ do: fc.constant('forget' as const), key }),
      fc.record({ do: fc.constant('next' as const) }),
      fc.record({ do: fc.constant('done' as const), key }),
      fc.record({ do: fc.constant('advance' as const), ms: fc.integer({ min: 1, max: 60 }) }),
    );
    const sequence = fc.array(command, { minLength: 100, maxLength: 200, size: 'max' });
    let commands = 0;

    await fc.assert(
      fc.asyncProperty(sequence, async (steps) => {
        const model = new Model();
        for (const step of steps) await model.apply(step);
        await model.drain();
        commands += steps.length;
      }),
      { numRuns: 110 },
    );

    expect(commands).to.be.at.least(10_000);
  });
});

type Step =
  | { readonly do: 'add' | 'retry' | 'forget' | 'done'; readonly key: string }
  | { readonly do: 'addAfter'; readonly key: string; readonly ms: number }
  | { readonly do: 'next' }
  | { readonly do: 'advance'; readonly ms: number };

/** What a queue has to do, written plainly, beside the queue that does it. */
class Model {
  readonly #clock = new ManualClock();
  readonly #queue = new WorkQueue({ clock: this.#clock, observer: silent, random: () => 0.5 });
  readonly #running = new Set<string>();
  /** When each key that no visit has answered yet is due at the latest, in milliseconds. */
  readonly #owed = new Map<string, number>();

  async apply(step: Step): Promise<void> {
    switch (step.do) {
      case 'add':
        this.#queue.add(step.key);
        this.#owe(step.key, 0);
        break;
      case 'addAfter':
        this.#queue.addAfter(step.key, step.ms);
        this.#owe(step.key, step.ms);
        break;
      case 'retry':
        this.#queue.retry(step.key);
        this.#owe(step.key, 30_000);
        break;
      case 'forget':
        this.#queue.forget(step.key);
        break;
      case 'next':
        if (this.#queue.depth > 0) await this.#visit();
        break;
      case 'done':
        if (this.#running.delete(step.key)) this.#queue.done(step.key);
        break;
      case 'advance':
        await this.#clock.advance(step.ms);
        this.#expectPunctual();
        break;
    }
  }

  /** Ends all visits and lets all time pass: every wake-up must have been answered, and nothing comes any more. */
  async drain(): Promise<void> {
    for (const key of this.#running) this.#queue.done(key);
    this.#running.clear();
    for (;;) {
      while (this.#queue.depth > 0) {
        const key = await this.#visit();
        this.#running.delete(key);
        this.#queue.done(key);
      }
      if (this.#clock.sleeping === 0) break;
      await this.#clock.advance(60_000);
    }
    expect([...this.#owed.keys()], 'wake-ups that were lost').to.deep.equal([]);
    this.#queue.shutDown();
  }

  async #visit(): Promise<string> {
    const key = await this.#queue.next();
    if (key === undefined) throw new Error('The queue handed out nothing although a key was ready.');
    expect(this.#running.has(key), `${key} runs twice at once`).to.equal(false);
    expect(this.#owed.has(key), `${key} runs although nobody asked for it`).to.equal(true);
    this.#running.add(key);
    this.#owed.delete(key);
    return key;
  }

  /** One visit answers all wake-ups, so that the earliest counts. */
  #owe(key: string, ms: number): void {
    const due = this.#clock.now().getTime() + ms;
    this.#owed.set(key, Math.min(this.#owed.get(key) ?? due, due));
  }

  #expectPunctual(): void {
    const now = this.#clock.now().getTime();
    const due = [...this.#owed].filter(([key, at]) => at <= now && !this.#running.has(key));
    expect(this.#queue.depth, 'keys that are ready in time').to.be.at.least(due.length);
  }
}
