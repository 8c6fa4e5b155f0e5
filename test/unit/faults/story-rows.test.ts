import { expect } from 'chai';
import { describeFault, type Point } from '../../faults/boundaries.ts';
import { createRandom } from '../../faults/random.ts';
import type { Where } from '../../faults/row.ts';
import { STORY_ROWS } from '../../faults/story-rows.ts';

const CALLS: readonly Point[] = [
  { name: 'runtime.probe', occurrence: 1 },
  { name: 'runtime.run install', occurrence: 1 },
  { name: 'kube.update workspaceplugins/status', occurrence: 1 },
];

const WHERE: Where = {
  story: {
    name: 'update',
    before: ['v1'],
    littered: false,
    act: async () => Promise.resolve(),
    states: ['v2', 'v1'],
  },
  isContainer: false,
};

function names(row: number, seed: number): readonly string[] {
  const faults =
    STORY_ROWS.find(({ number }) => number === row)?.faults(CALLS, createRandom(seed), WHERE) ?? [];
  return faults.map((each) => each.map(describeFault).join(' | '));
}

describe('the faults of a row', () => {
  it('kill before and after every call, and within every command', () => {
    expect(names(1, 1)).to.include.members(
      CALLS.flatMap(({ name }) => [`KillBefore ${name} #1`, `KillAfter ${name} #1`]),
    );
    expect(names(1, 1)).to.include('KillInTransfer at 0.5 runtime.run install #1');
    expect(names(1, 1).filter((name) => name.startsWith('KillWhileRunning'))).to.have.length(4);
  });

  it('lose and delay every call, and let it fail in each way that its contract names', () => {
    expect(names(2, 1)).to.have.length(2 * CALLS.length + 4 + 6 + 5);
  });

  it('strike twice in the row about recovery', () => {
    expect(names(3, 1).every((name) => name.split(' | ').length === 2)).to.be.true;
  });

  it('stop or cut off a leader at every call', () => {
    expect(names(8, 1)).to.have.length(3 * CALLS.length);
  });

  it('let every deed happen before and after every call', () => {
    expect(names(9, 1)).to.have.length(4 * 2 * CALLS.length);
  });

  it('are the same again for the same seed, and others for another', () => {
    expect(names(3, 5)).to.deep.equal(names(3, 5));
    expect(names(3, 5)).not.to.deep.equal(names(3, 6));
  });
});
