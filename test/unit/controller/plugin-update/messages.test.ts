// What an update says to those who wait for it.
import { expect } from 'chai';
import { decide } from '../../../../controller/plugin-update/decide.ts';
import { mergeConditions } from '../../../../lib/reconcile/conditions.ts';
import { NOW } from '../../builders.ts';
import {
  approved,
  dismissed,
  done,
  message,
  moved,
  observedIn,
  other,
  pending,
  rejected,
  reported,
  three,
} from './situations.ts';

describe('what an update says', () => {
  it('is who decided, what for, and what is asked now', () => {
    expect(message(decide(observedIn({ spec: dismissed })))).to.equal('dismissed by jane: too early');
    const refused = message(decide(observedIn({ spec: approved, status: pending, says: other })));
    expect(refused).to.match(
      /^the approval by jane came too late and has no effect: PluginUpdate browser-other asks/,
    );
    const failed = decide(observedIn({ spec: approved, says: rejected('Quarantined') }));
    expect(message(failed)).to.equal('it failed');
    expect(message(decide(observedIn({})))).to.equal(
      'waits for a decision: set spec.decision and spec.decidedBy',
    );
    const { reason, ...unreasoned } = dismissed;
    expect([reason, message(decide(observedIn({ spec: unreasoned })))]).to.deep.equal([
      'too early',
      'dismissed by jane',
    ]);
    expect(message(decide(observedIn({ spec: approved, modify: done, named: false })))).to.equal(
      'approved by jane, and installed as browser says',
    );
  });

  it('is what became of the question that nobody has decided', () => {
    const gone = { status: pending, named: false };
    expect(message(decide(observedIn(gone)))).to.equal('upstream does not offer it any more');
    const available = { ...three, short: 'abc', firstSeenTime: '2026-05-08T14:00:00Z' };
    expect(message(decide(observedIn({ ...gone, says: { available } })))).to.equal(
      'upstream does not offer it any more; abc is the newest',
    );
    expect(message(decide(observedIn({ ...gone, modify: moved })))).to.equal(
      'WorkspacePlugin browser has another approved revision or source than when this was proposed',
    );
    const dismissal = observedIn({ spec: dismissed, modify: moved, named: false });
    expect(message(decide(dismissal))).to.match(/^the dismissal by jane came too late and has no effect: /);
  });

  it('once it is approved is how far it is, in the words of its plugin where that has some', () => {
    const drifted = (reason: string) =>
      mergeConditions(
        [],
        [{ type: 'Drifted', status: 'True', reason, message: 'the server does not answer' }],
        1,
        NOW,
      );
    expect(message(decide(observedIn({ spec: approved })))).to.equal(
      'approved by jane; about to be installed, see WorkspacePlugin browser',
    );
    const says = { conditions: drifted('UpdateApproved') };
    expect(message(decide(observedIn({ spec: approved, says })))).to.equal(
      'approved by jane; the server does not answer',
    );
    const down = { conditions: drifted('SourceUnavailable') };
    expect(message(decide(observedIn({ spec: approved, says: down })))).to.equal(
      'approved by jane; waits for its source: the server does not answer',
    );
    const other = { conditions: drifted('AwaitingApproval') };
    expect(message(decide(observedIn({ spec: approved, says: other })))).to.match(/; about to be installed/);
  });

  it('once it was told how it ended stays the same', () => {
    const told = observedIn({ spec: approved, status: reported('Failed', 'Quarantined', 'as it was') });
    expect(message(decide(told))).to.equal('as it was');
    const overtaken = { spec: approved, status: reported('Superseded', 'NewerRevision', 'something newer') };
    expect(message(decide(observedIn(overtaken)))).to.equal(
      'the approval by jane came too late and has no effect: something newer',
    );
    const refused = { spec: approved, status: reported('Superseded', 'DecisionRefused', 'refused before') };
    expect(message(decide(observedIn(refused)))).to.equal('refused before');
  });
});
