import { expect } from 'chai';
import fc from 'fast-check';
import { REQUESTED_AT } from '../../../../controller/api/group.ts';
import { reasons, types } from '../../../../controller/api/reasons.ts';
import type { WorkspacePlugin } from '../../../../controller/api/workspace-plugin.ts';
import { decide } from '../../../../controller/workspace-plugin/decide.ts';
import { isAnswered, type Observed } from '../../../../controller/workspace-plugin/observed.ts';
import { report } from '../../../../controller/workspace-plugin/report.ts';
import type { Visit } from '../../../../controller/workspace-plugin/result.ts';
import { statusUpdate } from '../../../../lib/reconcile/status.ts';
import { suiteCases } from '../../../faults/tried.ts';
import { NOW } from '../../builders.ts';
import { visits } from './arbitrary.ts';

const RUNS = { numRuns: suiteCases(2_000) };
const LATER = new Date(NOW.getTime() + 3_600_000);

function reported(visit: Visit): WorkspacePlugin | undefined {
  const { object } = visit.acted;
  return object === undefined ? undefined : { ...object, status: report(visit, NOW, 0.5).status };
}

/** The same world, looked at again with what was recorded of it; an answered question is not asked again. */
function again({ observed, acted }: Visit, object: WorkspacePlugin): Observed {
  const { change, finish } = acted;
  const found = finish?.ok === true ? finish.value : change?.ok === true ? change.value.look : undefined;
  const place = found === undefined ? observed.place : ({ state: 'Reached', look: found } as const);
  const asked = isAnswered(object) ? { wanted: undefined, found: undefined } : {};
  return { ...observed, ...asked, object, place };
}

describe('report, whatever was observed and done', () => {
  it('changes nothing an hour later where nothing is left to do or to try', () => {
    const settled: string[] = [];
    fc.assert(
      fc.property(visits, (visit) => {
        const object = reported(visit);
        // A failure is told by the visit that tried; the next that does not try has nothing to tell of it.
        const tried = [visit.acted.change, visit.acted.finish];
        if (object?.status === undefined || tried.some((attempt) => attempt?.ok === false)) return;
        const observed = again(visit, object);
        const plan = decide(observed);
        const next = report(
          { observed, plan, acted: { object, change: undefined, finish: undefined } },
          LATER,
          0.9,
        );
        if (plan.kind !== 'Nothing' || next.status.nextAttemptTime !== undefined) return;
        expect(statusUpdate(object, next.status)).to.equal(undefined);
        expect(next.event).to.equal(undefined);
        settled.push(visit.plan.kind);
      }),
      RUNS,
    );
    expect(settled.length).to.be.greaterThan(RUNS.numRuns / 10);
    expect(settled).to.include.members(['Nothing', 'Install', 'Approve']);
  });

  it('gives every condition, of the object as it is, with a documented reason and a message', () => {
    fc.assert(
      fc.property(visits, (visit) => {
        const conditions = reported(visit)?.status?.conditions ?? [];
        if (visit.acted.object === undefined) return;
        expect(conditions.map(({ type }) => type)).to.have.members(Object.keys(types));
        for (const { observedGeneration, reason, message } of conditions) {
          expect(observedGeneration).to.equal(visit.acted.object.metadata.generation);
          expect(Object.keys(reasons)).to.include(reason);
          expect(message).to.match(/\S/);
        }
      }),
      RUNS,
    );
  });

  it('says Ready exactly where it says Applied and Intact', () => {
    fc.assert(
      fc.property(visits, (visit) => {
        const isTrue = (type: string) =>
          reported(visit)?.status?.conditions?.some((one) => one.type === type && one.status === 'True') ===
          true;
        if (visit.plan.kind === 'Nothing' && visit.plan.reason === 'Suspended') return;
        expect(isTrue('Ready')).to.equal(isTrue('Applied') && isTrue('Intact'));
      }),
      RUNS,
    );
  });

  it('stays within the limits of the schema', () => {
    fc.assert(
      fc.property(visits, (visit) => {
        const status = reported(visit)?.status ?? {};
        expect(status.history?.length ?? 0).to.be.at.most(10);
        expect(status.previous?.length ?? 0).to.be.at.most(20);
        const revisions = (status.rejected ?? []).map(({ revision }) => revision);
        expect(revisions).to.have.length.of.at.most(20);
        expect(new Set(revisions)).to.have.length(revisions.length);
      }),
      RUNS,
    );
  });

  it('answers every request, whatever becomes of the visit', () => {
    fc.assert(
      fc.property(visits, (visit) => {
        const object = reported(visit);
        if (object?.metadata.annotations?.[REQUESTED_AT] === undefined) return;
        expect(object.status?.lastHandledReconcileAt).to.equal('now');
      }),
      RUNS,
    );
  });

  it('comes back in time, never at once without a reason', () => {
    fc.assert(
      fc.property(visits, (visit) => {
        const { outcome } = report(visit, NOW, 0.5);
        if (outcome.kind === 'Retry') expect(outcome.afterMs).to.be.within(10, 3_960_000);
        if (outcome.kind === 'Settled' && visit.plan.kind === 'Nothing') {
          expect(outcome.requeueAfterMs ?? 10).to.be.at.least(10);
        }
      }),
      RUNS,
    );
  });
});
