// When a health check may have run more than once.
import { expect } from 'chai';
import { withoutRepeats } from '../../faults/checks.ts';

const world = (checks: number): string => JSON.stringify({ tree: 'v2', checks }, undefined, 1);

describe('the health checks of a case', () => {
  it('may be as many more as were broken off', () => {
    expect(withoutRepeats(world(2), world(1), 1)).to.equal(world(1));
    expect(withoutRepeats(world(3), world(1), 2)).to.equal(world(1));
  });

  it('are told as they are beyond that, and where one is missing', () => {
    expect(withoutRepeats(world(2), world(1), 0)).to.equal(world(2));
    expect(withoutRepeats(world(3), world(1), 1)).to.equal(world(3));
    expect(withoutRepeats(world(0), world(1), 1)).to.equal(world(0));
  });
});
