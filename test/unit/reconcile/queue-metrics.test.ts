// What the queue tells of itself: kubectl users see it as workqueue metrics.
import { expect } from 'chai';
import { WorkQueue } from '../../../lib/reconcile/queue.ts';
import { ManualClock } from '../../support/manual-clock.ts';

function setUp(): { clock: ManualClock; queue: WorkQueue; told: string[]; flush: () => string[] } {
  const [clock, told] = [new ManualClock(), [] as string[]];
  const observer = {
    added: () => void told.push('added'),
    retried: () => void told.push('retried'),
    depth: (keys: number) => void told.push(`depth ${keys}`),
    waited: (seconds: number) => void told.push(`waited ${seconds}`),
    worked: (seconds: number) => void told.push(`worked ${seconds}`),
    running: () => undefined,
  };
  const queue = new WorkQueue({ clock, observer, random: () => 0.5 });
  return { clock, queue, told, flush: () => told.splice(0) };
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
    queue.add('a');
    expect(flush()).to.deep.equal(['added']);
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
