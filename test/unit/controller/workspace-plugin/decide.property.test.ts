import { expect } from 'chai';
import fc from 'fast-check';
import { decide, isTagMoved, type Plan } from '../../../../controller/workspace-plugin/decide.ts';
import { isAnswered } from '../../../../controller/workspace-plugin/observed.ts';
import { rejectionOf } from '../../../../controller/workspace-plugin/rules/rejected.ts';
import { wishOf } from '../../../../controller/workspace-plugin/rules/wish.ts';
import { suiteCases } from '../../../faults/tried.ts';
import { observations } from './arbitrary.ts';

const RUNS = { numRuns: suiteCases(2_000) };

function changesWorkspace(plan: Plan): boolean {
  return plan.kind === 'Install' || plan.kind === 'Remove';
}

describe('decide, whatever is observed', () => {
  it('plans no effect where it may not or cannot have one', () => {
    fc.assert(
      fc.property(observations, (value) => {
        const deleting = value.object.metadata.deletionTimestamp !== undefined;
        const idle = value.rival !== undefined || (value.object.spec.suspend && !deleting);
        if (idle || value.place.state !== 'Reached') expect(changesWorkspace(decide(value))).to.equal(false);
      }),
      RUNS,
    );
  });

  it('installs only what the spec names, what upstream has, or what was approved', () => {
    fc.assert(
      fc.property(observations, (value) => {
        const plan = decide(value);
        if (plan.kind !== 'Install') return;
        const { approved } = value.object.status ?? {};
        const offered = [value.wanted, value.upstream].flatMap((answer) =>
          answer?.ok === true ? [answer.value] : [],
        );
        const known = [...offered, ...(approved === undefined ? [] : [approved])];
        expect(known.map(({ revision, digest }) => ({ revision, digest }))).to.deep.include({
          revision: plan.target.revision,
          digest: plan.target.digest,
        });
      }),
      RUNS,
    );
  });

  it('approves by itself only where approval is Automatic and no tag was moved', () => {
    fc.assert(
      fc.property(observations, (value) => {
        const plan = decide(value);
        const updates = (plan.kind === 'Install' && plan.approves) || plan.kind === 'Approve';
        if (!updates || !isAnswered(value.object)) return;
        expect(value.object.spec.update.approval).to.equal('Automatic');
        expect(isTagMoved(value)).to.equal(false);
      }),
      RUNS,
    );
  });

  it('never tries by itself what was rejected', () => {
    fc.assert(
      fc.property(observations, (value) => {
        const plan = decide(value);
        const tries = (plan.kind === 'Install' && plan.approves) || plan.kind === 'Approve';
        if (!tries || plan.reason === 'FoundInstalled') return;
        const { object } = value;
        const rejection = rejectionOf(object, plan.target);
        if (isAnswered(object)) expect(rejection).to.equal(undefined);
        else expect(rejection?.specHash).to.not.equal(wishOf(object));
      }),
      RUNS,
    );
  });

  it('installs at no time by itself what must wait for a person, an age or a window', () => {
    fc.assert(
      fc.property(observations, (value) => {
        const plan = decide(value);
        const { approval, initialInstall, minimumAge, windows = [] } = value.object.spec.update;
        if (plan.kind !== 'Install' || !plan.approves || plan.reason === 'SpecChanged') return;
        expect({ minimumAge, windows }).to.deep.equal({ minimumAge: '0s', windows: [] });
        expect(plan.reason === 'FirstInstall' ? initialInstall : approval).to.equal('Automatic');
      }),
      RUNS,
    );
  });

  it('never repairs to anything but the approved digest, under Report only what has failed or is withdrawn', () => {
    fc.assert(
      fc.property(observations, (value) => {
        const plan = decide(value);
        if (plan.kind !== 'Install' || plan.approves) return;
        expect(plan.target.digest).to.equal(value.object.status?.approved?.digest);
        if (plan.reason === 'UpdateFailed' || plan.reason === 'UpdateWithdrawn') return;
        expect(value.object.spec.integrity.policy).to.equal('Repair');
      }),
      RUNS,
    );
  });

  it('removes nothing but for a deletion with policy Delete', () => {
    fc.assert(
      fc.property(observations, (value) => {
        if (decide(value).kind !== 'Remove') return;
        expect(value.object.metadata.deletionTimestamp).to.be.a('string');
        expect(value.object.spec.deletionPolicy).to.equal('Delete');
      }),
      RUNS,
    );
  });
});
