// Work that many wait for.
import { expect } from 'chai';
import { SingleFlight } from '../../../lib/bundle/shared-call.ts';
import { failureFrom } from './expect-failure.ts';

const patient = (): AbortSignal => new AbortController().signal;

describe('a shared call', () => {
  it('is made once for all who ask while it runs, and again afterwards', async () => {
    const flights = new SingleFlight<number>();
    let calls = 0;
    const work = (): Promise<number> => Promise.resolve(++calls);
    expect(await Promise.all([1, 2, 3].map(() => flights.run('key', patient(), work)))).to.deep.equal([
      1, 1, 1,
    ]);
    expect(await flights.run('key', patient(), work)).to.equal(2);
    expect(await flights.run('other', patient(), work)).to.equal(3);
  });

  it('gives its failure to everybody', async () => {
    const flights = new SingleFlight<number>();
    const work = (): Promise<number> => Promise.reject(new Error('broken'));
    const results = await Promise.allSettled([1, 2].map(() => flights.run('key', patient(), work)));
    expect(results.map(({ status }) => status)).to.deep.equal(['rejected', 'rejected']);
  });

  it('goes on when one of two leaves, and the one who left hears at once', async () => {
    const flights = new SingleFlight<string>();
    const { promise, resolve } = Promise.withResolvers<string>();
    const leaver = new AbortController();
    const [left, stayed] = [leaver.signal, patient()].map((signal) =>
      flights.run('key', signal, () => promise),
    );
    leaver.abort();
    expect(await failureFrom(() => left)).to.include({ kind: 'Transient', reason: 'FetchFailed' });
    resolve('done');
    expect(await stayed).to.equal('done');
  });

  it('is aborted when nobody waits any more, and who comes then starts anew', async () => {
    const flights = new SingleFlight<string>();
    const leaver = new AbortController();
    const { promise: aborted, resolve } = Promise.withResolvers<undefined>();
    const first = flights.run('key', leaver.signal, (signal) => {
      signal.addEventListener('abort', () => {
        resolve(undefined);
      });
      return new Promise(() => undefined);
    });
    const failure = failureFrom(() => first);
    await Promise.resolve();
    leaver.abort();
    await failure;
    await aborted;
    expect(await flights.run('key', patient(), () => Promise.resolve('anew'))).to.equal('anew');
  });
});
