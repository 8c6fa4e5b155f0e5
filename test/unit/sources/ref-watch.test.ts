// Shared polling: one question for all, fewer to a broken repository.
import { expect } from 'chai';
import { RefWatch, type RefsRequest } from '../../../lib/sources/ref-watch.ts';
import type { RemoteRefs } from '../../../lib/sources/remote-refs.ts';
import { PermanentError, TransientError } from '../../../lib/errors.ts';
import { revisionOf } from '../../contract/bundles.ts';
import { failureFrom } from '../bundle/expect-failure.ts';

const repository = 'https://example.com/r';
const refsAt = (seed: number): RemoteRefs => ({
  tags: new Map([['v1', revisionOf(seed)]]),
  branches: new Map(),
  head: undefined,
});

/** A watch in a world of its own: time stands still until it is moved, and answers are given by hand. */
class World {
  nowMs = 1_000_000;
  asked: string[] = [];
  changed: string[] = [];
  answer: () => RemoteRefs | Promise<RemoteRefs> = () => refsAt(1);
  readonly watch = new RefWatch({
    clock: { now: () => new Date(this.nowMs), sleep: () => Promise.reject(new Error('nobody sleeps here')) },
    list: async (listing) => {
      this.asked.push(listing.repository);
      return this.answer();
    },
    random: () => 0.5,
  });

  constructor() {
    this.watch.onChange((name) => this.changed.push(name));
  }

  ask(change: Partial<RefsRequest> & { readonly maxAgeMs?: number } = {}): ReturnType<RefWatch['refs']> {
    const { maxAgeMs = 60_000, ...rest } = change;
    return this.watch.refs({
      repository,
      notOlderThan: new Date(this.nowMs - maxAgeMs),
      retryIntervalMs: 1_000,
      intervalMs: 60_000,
      timeoutMs: 5_000,
      signal: new AbortController().signal,
      ...rest,
    });
  }

  fail(error: Error = new TransientError('FetchFailed', 'down')): void {
    this.answer = () => {
      throw error;
    };
  }
}

describe('the shared polling of a repository', () => {
  it('asks once for all who ask at once', async () => {
    const world = new World();
    const answers = await Promise.all([1, 2, 3].map(() => world.ask()));
    expect(world.asked).to.deep.equal([repository]);
    expect(new Set(answers)).to.have.length(1);
  });

  it('serves an answer until it is too old for who asks', async () => {
    const world = new World();
    const { time } = await world.ask();
    expect(time.getTime()).to.equal(world.nowMs);
    world.nowMs += 60_000;
    await world.ask();
    expect(world.asked).to.have.length(1);
    world.nowMs += 1;
    await world.ask();
    expect(world.asked).to.have.length(2);
  });

  it('asks each repository for itself', async () => {
    const world = new World();
    await Promise.all([world.ask(), world.ask({ repository: 'https://example.com/other' })]);
    expect(world.asked).to.have.length(2);
  });

  it('does not take an answer to an earlier question for a later one', async () => {
    const world = new World();
    const { promise, resolve } = Promise.withResolvers<RemoteRefs>();
    world.answer = () => promise;
    const early = world.ask();
    await Promise.resolve();
    world.nowMs += 10;
    world.answer = () => refsAt(2);
    const late = world.ask({ maxAgeMs: 0 });
    resolve(refsAt(1));
    expect((await early).refs.tags.get('v1')).to.equal(revisionOf(1));
    expect((await late).refs.tags.get('v1')).to.equal(revisionOf(2));
  });

  it('tells of a change, and of nothing else', async () => {
    const world = new World();
    await world.ask();
    await world.ask({ maxAgeMs: -1 });
    expect(world.changed).to.deep.equal([]);
    world.nowMs += 1;
    world.answer = () => refsAt(2);
    await world.ask({ maxAgeMs: 0 });
    expect(world.changed).to.deep.equal([repository]);
  });

  it('tells of a change that happened behind a failure', async () => {
    const world = new World();
    await world.ask();
    world.fail();
    world.nowMs += 100_000;
    await failureFrom(() => world.ask());
    world.answer = () => refsAt(2);
    world.nowMs += 100_000;
    await world.ask();
    expect(world.changed).to.deep.equal([repository]);
  });

  it('gives a failure to all who ask while it backs off, with the time that is left', async () => {
    const world = new World();
    world.fail();
    expect(await failureFrom(() => world.ask())).to.include({
      reason: 'FetchFailed',
      message: 'down',
      retryAfterMs: 1_000,
    });
    world.nowMs += 400;
    expect(await failureFrom(() => world.ask())).to.include({ retryAfterMs: 600 });
    expect(world.asked).to.have.length(1);
  });

  it('asks a broken repository less and less, down to once an interval', async () => {
    const world = new World();
    world.fail();
    const waits: (number | undefined)[] = [];
    for (let attempt = 0; attempt < 8; attempt += 1) {
      const { retryAfterMs } = await failureFrom(() => world.ask());
      waits.push(retryAfterMs);
      world.nowMs += retryAfterMs ?? 0;
    }
    expect(waits).to.deep.equal([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
    expect(world.asked).to.have.length(8);
  });

  it('begins anew after a success', async () => {
    const world = new World();
    world.fail();
    for (let attempt = 0; attempt < 3; attempt += 1) {
      world.nowMs += (await failureFrom(() => world.ask())).retryAfterMs ?? 0;
    }
    world.answer = () => refsAt(1);
    await world.ask();
    world.fail();
    world.nowMs += 100_000;
    expect((await failureFrom(() => world.ask())).retryAfterMs).to.equal(1_000);
  });

  it('is asked during a back-off by who accepts nothing from before now', async () => {
    const world = new World();
    world.fail();
    await failureFrom(() => world.ask());
    world.nowMs += 1;
    world.answer = () => refsAt(1);
    expect((await world.ask({ maxAgeMs: 0 })).refs.tags.get('v1')).to.equal(revisionOf(1));
  });

  it('does not serve an answer from before a failure, however young it is, until the back-off has passed', async () => {
    const world = new World();
    await world.ask();
    world.nowMs += 1;
    world.fail();
    await failureFrom(() => world.ask({ maxAgeMs: 0 }));
    expect(await failureFrom(() => world.ask())).to.include({ reason: 'FetchFailed' });
    expect(world.asked).to.have.length(2);
    world.answer = () => refsAt(1);
    world.nowMs += 1_000;
    await world.ask();
    expect(world.asked).to.have.length(3);
    expect(world.changed).to.deep.equal([]);
  });

  it('passes a Permanent failure on as it is', async () => {
    const world = new World();
    world.fail(new PermanentError('NotPermitted', 'no'));
    expect(await failureFrom(() => world.ask())).to.deep.equal({
      kind: 'Permanent',
      reason: 'NotPermitted',
      message: 'no',
    });
  });

  it('counts no failure when everybody stopped waiting', async () => {
    const world = new World();
    const leaver = new AbortController();
    world.answer = () => new Promise<never>(() => undefined);
    const left = failureFrom(() => world.ask({ signal: leaver.signal }));
    await Promise.resolve();
    leaver.abort();
    await left;
    world.answer = () => refsAt(1);
    expect((await world.ask()).refs.tags.size).to.equal(1);
  });

  it('never waits for an answer from the future', async () => {
    const world = new World();
    await world.ask({ maxAgeMs: -1_000_000 });
    expect(world.asked).to.have.length(1);
  });

  it('backs off for each who asks by intervals of its own', async () => {
    const world = new World();
    world.fail();
    const [patient, quick] = [{ retryIntervalMs: 480 * 3_600_000, intervalMs: 480 * 3_600_000 }, {}];
    expect((await failureFrom(() => world.ask(patient))).retryAfterMs).to.equal(480 * 3_600_000);
    expect((await failureFrom(() => world.ask(quick))).retryAfterMs).to.equal(1_000);
    expect(world.asked).to.have.length(1);
    world.answer = () => refsAt(1);
    world.nowMs += 1_000;
    expect((await world.ask(quick)).refs.tags.get('v1')).to.equal(revisionOf(1));
  });

  it('tells each who waits for the same question when it is worth asking again by its own intervals', async () => {
    const world = new World();
    world.fail();
    const failures = await Promise.all(
      [1_000, 7_000].map((retryIntervalMs) => failureFrom(() => world.ask({ retryIntervalMs }))),
    );
    expect(failures.map(({ retryAfterMs }) => retryAfterMs)).to.deep.equal([1_000, 7_000]);
    expect(world.asked).to.have.length(1);
  });

  it('lets one who has no time leave, while the question goes on for the others', async () => {
    const world = new World();
    const { promise, resolve } = Promise.withResolvers<RemoteRefs>();
    world.answer = () => promise;
    const hurried = failureFrom(() => world.ask({ timeoutMs: 1 }));
    const patient = world.ask();
    const failure = await hurried;
    expect(failure).to.include({ kind: 'Transient', reason: 'FetchFailed' });
    expect(failure.message).to.contain('took longer').and.contain(repository);
    expect(failure).not.to.have.property('retryAfterMs');
    resolve(refsAt(1));
    expect((await patient).refs.tags.get('v1')).to.equal(revisionOf(1));
    await world.ask();
    expect(world.asked).to.have.length(1);
  });

  it('forgets those with most refs first, and nobody with as many as is usual', async () => {
    const world = new World();
    const many = {
      ...refsAt(1),
      tags: new Map(Array.from({ length: 20_000 }, (_, nth) => [`v${nth}`, revisionOf(nth)])),
    };
    await world.ask();
    world.answer = () => many;
    const large = Array.from({ length: 50 }, (_, nth) => ({
      repository: `https://example.com/large/${nth}`,
    }));
    for (const one of large) await world.ask(one);
    expect(world.asked).to.have.length(51);
    await world.ask();
    expect(world.asked).to.have.length(51);
    for (const one of large) await world.ask(one);
    expect(world.asked.length).to.be.greaterThan(51 + 25);
  });
});
