// Leader election, step by step: who leads, who waits for how long, and what a leader that is cut off does.
import { expect } from 'chai';
import { LEASE } from '../../../lib/kube/lease.ts';
import { ManualClock, settle } from '../../support/manual-clock.ts';
import { FakeKube } from '../../contract/fake-kube.ts';
import { Candidate, LEASE_MS, LEASE_NAME, RENEW_MS, RETRY_MS } from './candidate.ts';

describe('Election', () => {
  let clock: ManualClock;
  let kube: FakeKube;
  let candidates: Candidate[];

  beforeEach(() => {
    clock = new ManualClock();
    kube = new FakeKube(clock);
    candidates = [];
  });

  afterEach(async () => {
    for (const candidate of candidates) {
      candidate.stop();
      candidate.finish();
    }
    await clock.advance(60_000);
    for (const candidate of candidates) await candidate.ended;
    expect(clock.sleeping).to.equal(0);
  });

  const join = async (name: string): Promise<Candidate> => {
    const candidate = new Candidate({ name, kube, clock });
    candidates.push(candidate);
    await settle();
    return candidate;
  };
  const lease = (): { holder: string | undefined; transitions: number | undefined } => {
    const { spec } = kube.read(LEASE, LEASE_NAME) ?? {};
    return { holder: spec?.holderIdentity, transitions: spec?.leaseTransitions };
  };

  it('takes a Lease that nobody has made at once', async () => {
    const a = await join('a');

    expect(a.leads).to.equal(true);
    expect(lease()).to.deep.equal({ holder: 'a', transitions: 0 });
  });

  it('leaves a Lease that is renewed to its holder, however old the times in it are', async () => {
    const a = await join('a');
    clock.step(24 * 3_600_000);
    const b = await join('b');
    await clock.advance(RENEW_MS); // a loses its term by the step, and wins the next
    await clock.advance(10 * LEASE_MS);

    expect([a.leads, b.leads]).to.deep.equal([true, false]);
  });

  it('takes over from a holder that is gone, once the Lease has been the same for its duration', async () => {
    const a = await join('a');
    const b = await join('b');
    await clock.advance(5 * RETRY_MS);
    a.kill();

    await clock.advance(LEASE_MS - RETRY_MS - 1);
    expect(b.leads).to.equal(false);
    await clock.advance(2 * RETRY_MS + 1);
    expect(b.leads).to.equal(true);
    expect(lease()).to.deep.equal({ holder: 'b', transitions: 1 });
  });

  it('waits as long as the Lease says, where its holder has a longer duration', async () => {
    kube.put(LEASE, {
      metadata: { ...LEASE_NAME },
      spec: { holderIdentity: 'x', leaseDurationSeconds: 60, leaseTransitions: 6 },
    });
    const a = await join('a');

    await clock.advance(59_000);
    expect(a.leads).to.equal(false);
    await clock.advance(1_000);
    expect(a.election.term().transitions).to.equal(7);
  });

  it('gives the Lease back when its work has ended, so that another takes over at once', async () => {
    const a = await join('a');
    const b = await join('b');

    a.stop();
    await settle();
    expect([a.leads, lease().holder]).to.deep.equal([true, 'a']);
    a.finish();
    await clock.advance(1.2 * RETRY_MS);

    expect([a.leads, b.leads]).to.deep.equal([false, true]);
    expect(lease()).to.deep.equal({ holder: 'b', transitions: 1 });
  });

  it('keeps the Lease for as long as its work takes to end', async () => {
    const a = await join('a');
    const b = await join('b');
    a.stop();
    await clock.advance(3 * LEASE_MS);

    expect([a.leads, b.leads]).to.deep.equal([true, false]);
  });

  it('stops acting when its renewals are not answered in time, before another begins', async () => {
    const a = await join('a');
    const b = await join('b');
    a.network = 'Silent';

    await clock.advance(RENEW_MS - 1);
    expect(a.leads).to.equal(true);
    await clock.advance(1);
    expect([a.leads, b.leads]).to.deep.equal([false, false]);
    expect(() => a.election.term()).to.throw(/does not lead/);
    await clock.advance(LEASE_MS);
    expect(b.leads).to.equal(true);
  });

  it('leads again, in a new term, when it was cut off and nobody took over', async () => {
    const a = await join('a');
    const first = a.election.term();
    a.network = 'Refused';
    await clock.advance(2 * RENEW_MS);
    expect(a.leads).to.equal(false);
    a.network = 'Open';
    await clock.advance(2 * RETRY_MS);

    expect(a.leads).to.equal(true);
    expect(a.election.term()).to.deep.equal({ ...first, transitions: first.transitions + 1 });
  });

  it('survives failures that are shorter than the renew deadline, and answers that are lost', async () => {
    const a = await join('a');
    const term = a.election.term();
    for (const network of ['Refused', 'Silent', 'Deaf'] as const) {
      a.network = network;
      await clock.advance(RENEW_MS - RETRY_MS - 1_000);
      a.network = 'Open';
      await clock.advance(2 * RETRY_MS);
    }
    await clock.advance(LEASE_MS);

    expect(a.election.term()).to.deep.equal(term);
  });

  it('knows that it was stopped for too long before any timer tells', async () => {
    const a = await join('a');
    clock.step(RENEW_MS);

    expect(() => a.election.term()).to.throw(/leads no longer/);
    expect(a.leads).to.equal(false);
  });

  it('stops acting in time also when the wall clock was set back', async () => {
    const a = await join('a');
    a.network = 'Silent';
    clock.step(-3_600_000);
    await clock.advance(RENEW_MS);

    expect(a.leads).to.equal(false);
  });

  it('notices at its next renewal that the Lease is held by another, or was deleted', async () => {
    const a = await join('a');
    kube.put(LEASE, { metadata: { ...LEASE_NAME }, spec: { holderIdentity: 'x' } });
    await clock.advance(RETRY_MS);
    expect([a.leads, lease().holder]).to.deep.equal([false, 'x']);
    await clock.advance(2 * LEASE_MS);
    expect(a.leads).to.equal(true);

    kube.remove(LEASE, LEASE_NAME);
    await clock.advance(RETRY_MS);
    expect(a.losses).to.equal(2);
    await clock.advance(2 * LEASE_MS);
    expect(a.leads).to.equal(true);
  });

  it('leaves the holder of a Lease that was deleted the time to notice', async () => {
    const a = await join('a');
    const b = await join('b');
    a.network = 'Silent';
    await clock.advance(RETRY_MS);
    kube.remove(LEASE, LEASE_NAME);
    await clock.advance(RENEW_MS - RETRY_MS - 1);

    expect([a.leads, b.leads]).to.deep.equal([true, false]);
    await clock.advance(2 * LEASE_MS);
    expect([a.leads, b.leads]).to.deep.equal([false, true]);
  });

  it('goes on when somebody edits the Lease without taking it', async () => {
    const a = await join('a');
    const term = a.election.term();
    kube.put(LEASE, { metadata: { ...LEASE_NAME, annotations: { seen: 'yes' } } });
    await clock.advance(LEASE_MS);

    expect(a.election.term()).to.deep.equal(term);
  });

  it('is confirmed only by the Lease as it is now', async () => {
    const a = await join('a');
    const b = await join('b');
    const { signal } = new AbortController();
    expect([await a.election.confirm(signal), await b.election.confirm(signal)]).to.deep.equal([true, false]);

    a.network = 'Refused';
    expect(await a.election.confirm(signal)).to.equal(false);
    a.network = 'Open';
    kube.put(LEASE, { metadata: { ...LEASE_NAME }, spec: { holderIdentity: 'x' } });
    expect(await a.election.confirm(signal)).to.equal(false);
  });

  it('asks as often as it is told to, and no more', async () => {
    await join('a');
    await join('b');
    kube.calls.length = 0;
    await clock.advance(60 * RETRY_MS);

    expect(kube.writes.length).to.equal(60);
    expect(kube.calls.length).to.be.within(60 + 50, 60 + 60);
  });
});
