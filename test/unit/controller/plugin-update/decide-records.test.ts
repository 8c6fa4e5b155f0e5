// How far an update is where its plugin has no record, or has had it before the update was reported.
import { expect } from 'chai';
import { approved, dismissed, pending, rejected, standing, withoutStatus } from './situations.ts';

describe('an update of a plugin whose status was lost', () => {
  for (const spec of [approved, dismissed]) {
    it(`has nothing to be ${spec.decision ?? ''} any more: it is asked anew`, () => {
      const situation = { spec, modify: withoutStatus, named: false };
      expect(standing(situation)).to.equal('Superseded DecisionRefused');
    });
  }
});

describe('an update that has failed since it was made', () => {
  it('is Failed also where it was reported later only', () => {
    const situation = { spec: approved, status: pending, says: rejected('Quarantined') };
    expect(standing(situation)).to.equal('Failed Quarantined');
  });
});
