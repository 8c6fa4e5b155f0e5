// The work queue: no key twice at once, no wake-up lost, first come first served.
import { expect } from 'chai';
import { WorkQueue, type QueueObserver } from '../../../lib/reconcile/queue.ts';
import { ManualClock, settle } from '../../support/manual-clock.ts';

const silent: QueueObserver = {
  added: () => undefined,
  retried: () => undefined,
  depth: () => undefined,
  waited: () => undefined,
  worked: () => undefined,
  running: () => undefined,
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

  it('serves the front first, and a key of the background in between', async () => {
    const { queue } = newQueue();
    for (const key of ['x', 'y', 'z']) queue.add(key, 'Background');
    for (const key of ['a', 'b', 'c', 'd', 'e']) queue.add(key);
    queue.add('z');

    const order: unknown[] = [];
    while (queue.depth > 0) order.push(await queue.next());

    expect(order).to.deep.equal(['a', 'b', 'c', 'd', 'x', 'e', 'z', 'y']);
  });

  it('keeps what it puts off after a failure, and what is due by the clock, out of the front', async () => {
    const { clock, queue } = newQueue();
    queue.retry('failed');
    queue.addAfter('due', 50, 'Background');
    queue.addAfter('changed', 75);
    queue.addAfter('changed', 50, 'Background');
    await clock.advance(100);

    expect([await queue.next(), await queue.next(), await queue.next()]).to.deep.equal([
      ...['changed', 'due', 'failed'],
    ]);
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

  it('adds a delayed key when its time is over, though the clock was set back meanwhile', async () => {
    const { clock, queue } = newQueue();
    queue.addAfter('a', 1_000);
    clock.step(-60_000);
    await clock.advance(999);
    expect(queue.depth).to.equal(0);
    await clock.advance(1);
    expect(queue.depth).to.equal(1);
  });

  it('forgets that a delayed key was to be in front once it was handed out', async () => {
    const { clock, queue } = newQueue();
    queue.addAfter('a', 50);
    queue.add('a');
    expect(await queue.next()).to.equal('a');
    queue.done('a');
    queue.addAfter('a', 50, 'Background');
    queue.add('b', 'Background');
    await clock.advance(50);
    expect([await queue.next(), await queue.next()]).to.deep.equal(['b', 'a']);
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

  it('lets nobody take what was ready at its shutdown', () => {
    const { queue } = newQueue();
    queue.add('a');
    queue.shutDown();
    expect([queue.take('a'), queue.atWork]).to.deep.equal([false, 0]);
  });
});
