// One of many who want a revision asks a repository that fails.
import { expect } from 'chai';
import { PermanentError, TransientError } from '../../../lib/errors.ts';
import { FailedFetches } from '../../../lib/sources/failed-fetches.ts';
import { failureFrom } from '../bundle/expect-failure.ts';

const RETRY = { retryIntervalMs: 1_000, intervalMs: 4_000 };

/** Time stands still until it is moved. */
class World {
  nowMs = 1_000_000;
  tried: string[] = [];
  failure: Error | undefined = new TransientError('FetchFailed', 'the server hung up');
  readonly fetches = new FailedFetches({
    clock: { now: () => new Date(this.nowMs), sleep: () => Promise.reject(new Error('nobody sleeps here')) },
    random: () => 0.5,
  });

  fetch(key = 'a', retry = RETRY, signal = new AbortController().signal): Promise<void> {
    return this.fetches.run(key, retry, signal, this.work(key));
  }

  work(key: string): () => Promise<void> {
    return () => {
      this.tried.push(key);
      return this.failure === undefined ? Promise.resolve() : Promise.reject(this.failure);
    };
  }

  /** How often it is tried when a hundred want it within so many milliseconds. */
  async triesIn(ms: number): Promise<number> {
    const before = this.tried.length;
    for (let asked = 0; asked < 100; asked += 1) {
      await this.fetch().catch(() => undefined);
      this.nowMs += ms / 100;
    }
    return this.tried.length - before;
  }
}

describe('the fetching of a revision that fails', () => {
  it('is tried by one of many, less and less often, down to once an interval', async () => {
    const world = new World();
    expect(await world.triesIn(1_000)).to.equal(1);
    expect(await world.triesIn(2_000)).to.equal(1);
    expect(await world.triesIn(4_000)).to.equal(1);
    expect(await world.triesIn(40_000)).to.equal(10);
  });

  it('is told in the words of the failure, with the time that is left', async () => {
    const world = new World();
    const first = await failureFrom(() => world.fetch());
    world.nowMs += 400;
    const then = await failureFrom(() => world.fetch());
    expect([then.message, then.reason]).to.deep.equal([first.message, 'FetchFailed']);
    expect(then.retryAfterMs).to.equal(600);
  });

  it('is reckoned by the intervals of who asks', async () => {
    const world = new World();
    await failureFrom(() => world.fetch());
    world.nowMs += 200;
    await failureFrom(() => world.fetch('a', { retryIntervalMs: 100, intervalMs: 4_000 }));
    await failureFrom(() => world.fetch('a', { retryIntervalMs: 60_000, intervalMs: 1_000 }));
    expect(world.tried).to.have.length(2);
  });

  it('is tried at once by somebody who asks for it now, for another revision, and after it has succeeded', async () => {
    const world = new World();
    await failureFrom(() => world.fetch());
    await failureFrom(() => world.fetches.run('a', undefined, AbortSignal.any([]), world.work('a')));
    await failureFrom(() => world.fetch('b'));
    expect(world.tried).to.deep.equal(['a', 'a', 'b']);
    world.nowMs += 2_000;
    world.failure = undefined;
    await world.fetch();
    await world.fetch();
    expect(world.tried).to.deep.equal(['a', 'a', 'b', 'a', 'a']);
  });

  it('stands for what cannot be mended, too, and not for what was broken off or is a mistake of ours', async () => {
    const world = new World();
    world.failure = new PermanentError('InvalidContent', 'a file is named CON');
    await failureFrom(() => world.fetch());
    expect(await failureFrom(() => world.fetch())).to.include({
      kind: 'Permanent',
      reason: 'InvalidContent',
    });
    expect(world.tried).to.have.length(1);

    world.failure = new TypeError('x is not a function');
    await world.fetch('c').catch(() => undefined);
    await world.fetch('c').catch(() => undefined);
    world.failure = new TransientError('FetchFailed', 'stopped waiting');
    await failureFrom(() => world.fetch('d', RETRY, AbortSignal.abort()));
    await failureFrom(() => world.fetch('d', RETRY, AbortSignal.abort()));
    expect(world.tried).to.deep.equal(['a', 'c', 'c', 'd', 'd']);
  });
});
