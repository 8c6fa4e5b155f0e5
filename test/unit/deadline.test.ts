// Deadlines abort in time, with their parent, and leave neither timers nor listeners.
import { getEventListeners } from 'node:events';
import { expect } from 'chai';
import { startDeadline, sleepUnlessAborted, untilAborted } from '../../lib/deadline.ts';
import { ManualClock, settle } from '../support/manual-clock.ts';

describe('startDeadline', () => {
  it('aborts when its time is over', async () => {
    const clock = new ManualClock();
    using deadline = startDeadline(clock, 1_000, new AbortController().signal);

    await clock.advance(999);
    expect(deadline.signal.aborted).to.equal(false);
    await clock.advance(1);
    expect(deadline.signal.reason).to.be.an('error').with.property('message').that.includes('1000 ms');
  });

  it('aborts with its parent, for the same reason, also when that was before', () => {
    const reason = new Error('enough');
    const parent = new AbortController();
    using before = startDeadline(new ManualClock(), 1_000, parent.signal);
    parent.abort(reason);
    using after = startDeadline(new ManualClock(), 1_000, parent.signal);

    expect([before.signal.reason, after.signal.reason]).to.deep.equal([reason, reason]);
  });

  it('leaves nothing behind', async () => {
    const clock = new ManualClock();
    const { signal } = new AbortController();
    for (let index = 0; index < 20; index += 1) {
      using deadline = startDeadline(clock, 1_000, signal);
      expect(await untilAborted(Promise.resolve(index), deadline.signal)).to.equal(index);
    }
    await settle();

    expect(clock.sleeping).to.equal(0);
    expect(getEventListeners(signal, 'abort')).to.have.length(0);
  });
});

describe('untilAborted', () => {
  it('gives up what does not settle when the signal aborts', async () => {
    const reason = new Error('enough');
    const abort = new AbortController();
    const waiting = untilAborted(new Promise(() => undefined), abort.signal);
    abort.abort(reason);

    expect(await waiting.catch((error: unknown) => error)).to.equal(reason);
    expect(getEventListeners(abort.signal, 'abort')).to.have.length(0);
  });
});

describe('sleepUnlessAborted', () => {
  it('ends quietly when the signal aborts', async () => {
    const clock = new ManualClock();
    const abort = new AbortController();
    const sleeping = sleepUnlessAborted(clock, 1_000, abort.signal);
    abort.abort(new Error('enough'));

    await sleeping;
    expect(clock.sleeping).to.equal(0);
  });
});
