// Conditions: what kubectl and Prometheus read, above all since when something is so.
import { expect } from 'chai';
import {
  findCondition,
  MAX_MESSAGE,
  mergeConditions,
  toSeconds,
  type Condition,
  type Finding,
} from '../../../lib/reconcile/conditions.ts';

const EARLIER = '2026-05-01T10:00:00Z';
const NOW = new Date('2026-05-08T14:15:30.987Z');

const ready: Finding = { type: 'Ready', status: 'True', reason: 'Installed', message: 'v1 is installed' };
const before: Condition = { ...ready, observedGeneration: 1, lastTransitionTime: EARLIER };

describe('mergeConditions', () => {
  it('gives a new condition the generation and the time, in whole seconds', () => {
    expect(mergeConditions([], [ready], 3, NOW)).to.deep.equal([
      { ...ready, observedGeneration: 3, lastTransitionTime: '2026-05-08T14:15:30Z' },
    ]);
  });

  it('keeps the transition time while the status stays, whatever else is said', () => {
    const said = { ...ready, reason: 'Restored', message: 'v1 is installed again' };
    expect(mergeConditions([before], [said], 2, NOW)).to.deep.equal([
      { ...said, observedGeneration: 2, lastTransitionTime: EARLIER },
    ]);
  });

  it('sets the transition time anew when the status changes', () => {
    const [merged] = mergeConditions([before], [{ ...ready, status: 'Unknown' }], 1, NOW);
    expect(merged?.lastTransitionTime).to.equal(toSeconds(NOW));
  });

  it('takes the time of the condition of the same type, and drops what is found no more', () => {
    const others = ['Applied', 'Intact'].map((type) => ({ ...before, type, lastTransitionTime: 'other' }));
    const merged = mergeConditions([...others, before], [ready], 1, NOW);
    expect(merged).to.deep.equal([before]);
  });

  it('keeps the order of the findings', () => {
    const findings = ['Ready', 'Applied', 'Intact'].map((type) => ({ ...ready, type }));
    const merged = mergeConditions([before], findings, 1, NOW);
    expect(merged.map(({ type }) => type)).to.deep.equal(['Ready', 'Applied', 'Intact']);
  });

  it('cuts a message that the API server would refuse, from its end', () => {
    const message = `${'a'.repeat(MAX_MESSAGE)}b`;
    const [merged] = mergeConditions([], [{ ...ready, message }], 1, NOW);
    expect(merged?.message).to.equal('a'.repeat(MAX_MESSAGE));
  });
});

describe('findCondition', () => {
  it('finds the one of the type, or nothing', () => {
    const applied = { ...before, type: 'Applied' };
    expect(findCondition([before, applied], 'Applied')).to.equal(applied);
    expect(findCondition([before], 'Applied')).to.equal(undefined);
  });
});

describe('toSeconds', () => {
  it('writes the fraction of a second nowhere, also where it is nought', () => {
    expect(toSeconds(new Date('2026-05-08T14:15:30.000Z'))).to.equal('2026-05-08T14:15:30Z');
    expect(toSeconds(new Date('2026-05-08T14:15:30.010Z'))).to.equal('2026-05-08T14:15:30Z');
  });
});
