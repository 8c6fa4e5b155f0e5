// What the queue tells of itself: kubectl users see it as workqueue metrics.
import { expect } from 'chai';
import { WorkQueue } from '../../../lib/reconcile/queue.ts';
import { ManualClock } from '../../support/manual-clock.ts';

interface Watched {
  readonly clock: ManualClock;
  readonly queue: WorkQueue;
  /** What was told since it was asked last. */
  readonly flush: () => string[];
  /** How long each key that is running has run; seconds. */
  readonly ages: () => readonly number[];
}

function setUp(): Watched {
  const [clock, told] = [new ManualClock(), [] as string[]];
  let ages: () => readonly number[] = () => expect.fail('nothing was told of what is running');
  const observer = {
    added: () => void told.push('added'),
    retried: () => void told.push('retried'),
    depth: (keys: number) => void told.push(`depth ${keys}`),
    waited: (seconds: number) => void told.push(`waited ${seconds}`),
    worked: (seconds: number) => void told.push(`worked ${seconds}`),
    running: (tell: () => readonly number[]) => {
      ages = tell;
    },
  };
  const queue = new WorkQueue({ clock, observer, random: () => 0.5 });
  return { clock, queue, flush: () => told.splice(0), ages: () => ages() };
}

describe('what the queue tells of itself', () => {
  it('is each key that is added, once until it is handed out', () => {
    const { queue, flush } = setUp();
    for (const key of ['a', 'a', 'b']) queue.add(key);
    expect(flush()).to.deep.equal(['added', 'depth 1', 'added', 'depth 2']);
  });

  it('is how long a key waited and was worked on, in seconds', async () => {
    const { clock, queue, flush } = setUp();
    queue.add('a');
    await clock.advance(2_500);
    flush();
    await queue.next();
    expect(flush()).to.deep.equal(['waited 2.5', 'depth 0']);
    await clock.advance(1_500);
    queue.done('a');
    expect(flush()).to.deep.equal(['worked 1.5']);
    queue.done('a');
    expect(flush()).to.deep.equal([]);
  });

  it('is a key that is added while it runs, once, and its depth when it is ready again', async () => {
    const { queue, flush } = setUp();
    queue.add('a');
    await queue.next();
    flush();
    queue.add('a');
    expect(flush()).to.deep.equal(['added']);
    queue.add('a');
    expect(flush()).to.deep.equal([]);
    queue.done('a');
    expect(flush()).to.deep.equal(['worked 0', 'depth 1']);
  });

  it('is each retry, and an addition once its time has come', async () => {
    const { clock, queue, flush } = setUp();
    queue.retry('a');
    expect(flush()).to.deep.equal(['retried']);
    await clock.advance(75);
    expect(flush()).to.deep.equal(['added', 'depth 1']);
  });

  it('is an addition at once where no delay is left', () => {
    const { clock, queue, flush } = setUp();
    queue.addAfter('a', 0);
    queue.addAfter('b', -5);
    expect(flush()).to.deep.equal(['added', 'depth 1', 'added', 'depth 2']);
    expect(clock.sleeping).to.equal(0);
  });

  it('is how long each key has been running by then, whatever the clock', async () => {
    const { clock, queue, ages } = setUp();
    for (const key of ['a', 'b']) queue.add(key);
    expect(ages()).to.deep.equal([]);
    await queue.next();
    await clock.advance(2_000);
    expect(queue.take('b')).to.equal(true);
    await clock.advance(500);
    expect(ages()).to.deep.equal([2.5, 0.5]);
    clock.step(-60_000);
    expect(ages()).to.deep.equal([0, 0]);
    queue.done('a');
    expect(ages()).to.have.length(1);
  });

  it('is a key taken out of its turn, as one that was handed out', async () => {
    const { clock, queue, flush } = setUp();
    queue.add('a');
    await clock.advance(1_000);
    flush();
    expect([queue.take('b'), queue.take('a'), queue.take('a')]).to.deep.equal([false, true, false]);
    expect(flush()).to.deep.equal(['waited 1', 'depth 0']);
  });

  it('is an empty queue at its shutdown, and nothing more', () => {
    const { queue, flush } = setUp();
    queue.add('a');
    flush();
    queue.shutDown();
    queue.add('b');
    queue.addAfter('c', 0);
    expect(flush()).to.deep.equal(['depth 0']);
  });
});
