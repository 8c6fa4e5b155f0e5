// Back-off grows, is capped, and is never the same for all.
import { expect } from 'chai';
import { backoffMs } from '../../../lib/reconcile/backoff.ts';

describe('backoffMs', () => {
  it('doubles from the base up to the cap', () => {
    const delays = [1, 2, 3, 4, 5].map((failures) =>
      backoffMs({ failures, baseMs: 100, capMs: 1_000, random: () => 1 }),
    );

    expect(delays).to.deep.equal([100, 200, 400, 800, 1_000]);
  });

  it('is at least half of that, the rest being random', () => {
    expect(backoffMs({ failures: 3, baseMs: 100, capMs: 1_000, random: () => 0 })).to.equal(200);
  });

  it('stays at the cap after a thousand failures', () => {
    expect(backoffMs({ failures: 1_000, baseMs: 100, capMs: 1_000, random: () => 1 })).to.equal(1_000);
  });
});
