// How far an update is, in every situation of itself and of its plugin.
import { expect } from 'chai';
import { decide, KEPT } from '../../../../controller/plugin-update/decide.ts';
import {
  approved,
  dismissed,
  done,
  history,
  historyOne,
  moved,
  observedIn,
  other,
  pending,
  rejected,
  rejectedOne,
  reported,
  reportedBehind,
  standing,
  superseded,
  three,
  two,
  withoutStatus,
  type Situation,
} from './situations.ts';

const rows: readonly (readonly [what: string, situation: Situation, expected: string])[] = [
  ['asked', {}, 'Pending AwaitingApproval'],
  ['approved', { spec: approved }, 'Approved Installing'],
  [
    'approved, with a first attempt that failed',
    { spec: approved, says: history('Failed') },
    'Applying Installing',
  ],
  [
    'in place, with its restart still due',
    {
      spec: approved,
      says: { installed: { ...two, short: '', time: '' } },
    },
    'Applying Installing',
  ],
  ['approved, and what is approved now', { spec: approved, modify: done, named: false }, 'Applied Installed'],
  [
    'approved and installed, and something newer since',
    {
      spec: approved,
      modify: moved,
      named: false,
      says: history('Updated'),
    },
    'Applied Installed',
  ],
  [
    'approved, tried and failed',
    { spec: approved, says: rejected('Quarantined'), named: false },
    'Failed Quarantined',
  ],
  [
    'approved, and of a revision that failed long before',
    {
      spec: approved,
      says: rejected('Quarantined', '2026-05-01T00:00:00Z'),
    },
    'Approved Installing',
  ],
  ['dismissed', { spec: dismissed }, 'Dismissed Dismissed'],
  [
    'dismissed, and on record',
    { spec: dismissed, says: rejected('Dismissed'), named: false },
    'Dismissed Dismissed',
  ],
  [
    'dismissed, and overtaken, with others on record',
    {
      spec: dismissed,
      modify: moved,
      named: false,
      says: {
        rejected: [{ ...rejectedOne('Dismissed'), revision: three.revision }, rejectedOne('Dismissed')],
      },
    },
    'Dismissed Dismissed',
  ],
  [
    'dismissed too late, when only others are on record',
    {
      spec: dismissed,
      modify: moved,
      named: false,
      says: { rejected: [{ ...rejectedOne('Dismissed'), revision: three.revision }] },
    },
    'Superseded DecisionRefused',
  ],
  [
    'dismissed just when it was overtaken',
    { spec: dismissed, status: pending, says: other },
    'Superseded DecisionRefused',
  ],
  [
    'dismissed just when it was overtaken by nothing',
    { spec: dismissed, status: pending, named: false },
    'Superseded DecisionRefused',
  ],
  ['dismissed before its plugin names it', { spec: dismissed, named: false }, 'Wait'],
  [
    'approved, and others have failed',
    {
      spec: approved,
      says: { rejected: [{ ...rejectedOne('Quarantined'), revision: three.revision }] },
    },
    'Approved Installing',
  ],
  [
    'approved, and was dismissed by another answer',
    { spec: approved, says: rejected('Dismissed') },
    'Approved Installing',
  ],
  [
    'approved, and has failed in the second in which it was asked',
    { spec: approved, says: rejected('Quarantined', '2026-05-08T14:15:00Z') },
    'Failed Quarantined',
  ],
  [
    'undecided, and of a revision that has failed meanwhile',
    { says: rejected('Quarantined') },
    'Pending AwaitingApproval',
  ],
  [
    'approved, and has failed by a clock that is behind that of the API server',
    { spec: approved, status: reportedBehind, says: rejected('Quarantined', '2026-05-08T14:14:40Z') },
    'Failed Quarantined',
  ],
  [
    'approved, and was installed by a clock that is behind that of the API server, and something newer since',
    {
      spec: approved,
      status: reportedBehind,
      modify: moved,
      named: false,
      says: { history: [{ ...historyOne('Updated'), time: '2026-05-08T14:14:40Z' }] },
    },
    'Applied Installed',
  ],
  [
    'approved, and failed before it was made by a clock that is behind',
    { spec: approved, status: reportedBehind, says: rejected('Quarantined', '2026-05-08T14:14:29Z') },
    'Approved Installing',
  ],
  [
    'approved, and was installed long ago',
    {
      spec: approved,
      says: { history: [{ ...historyOne('Updated'), time: '2026-05-08T14:14:59Z' }] },
    },
    'Approved Installing',
  ],
  [
    'approved, and was installed in the second in which it was asked',
    {
      spec: approved,
      says: { history: [historyOne('Failed'), { ...historyOne('Updated'), time: '2026-05-08T14:15:00Z' }] },
    },
    'Applied Installed',
  ],
  [
    'approved, and what failed last is something else',
    { spec: approved, says: { history: [{ ...historyOne('Failed'), revision: three.revision }] } },
    'Approved Installing',
  ],
  [
    'of a plugin without a status',
    { modify: (it) => withoutStatus(it), named: false },
    'Superseded ApprovedRevisionChanged',
  ],
  [
    'superseded, and reported without a condition',
    { spec: approved, status: { phase: 'Superseded' } },
    'Approved Installing',
  ],
  ['overtaken by a newer revision', { status: pending, says: other }, 'Superseded NewerRevision'],
  ['overtaken by nothing', { status: pending, named: false }, 'Superseded NoLongerOffered'],
  [
    'about what an edit of the spec has replaced',
    { status: pending, modify: moved, named: false },
    'Superseded ApprovedRevisionChanged',
  ],
  [
    'about what an edit of the spec has installed',
    { status: pending, modify: done, named: false },
    'Superseded ApprovedRevisionChanged',
  ],
  [
    'approved when it was overtaken already',
    { spec: approved, status: superseded, says: other },
    'Superseded DecisionRefused',
  ],
  [
    'approved just when it was overtaken',
    { spec: approved, status: pending, says: other },
    'Superseded DecisionRefused',
  ],
  [
    'approved when another revision was installed already',
    {
      spec: approved,
      status: pending,
      modify: moved,
      named: false,
    },
    'Superseded DecisionRefused',
  ],
  [
    'dismissed when another revision was installed already',
    {
      spec: dismissed,
      status: pending,
      modify: moved,
      named: false,
    },
    'Superseded DecisionRefused',
  ],
  [
    'overtaken, and the question again since the ref went back',
    { status: superseded },
    'Pending AwaitingApproval',
  ],
  [
    'refused, and offered again',
    {
      spec: approved,
      status: reported('Superseded', 'DecisionRefused'),
    },
    'Superseded DecisionRefused',
  ],
  [
    'applied once, whatever came after',
    {
      spec: approved,
      status: reported('Applied', 'Installed'),
      modify: moved,
      named: false,
    },
    'Applied Installed',
  ],
  [
    'failed once, whatever came after',
    {
      spec: approved,
      status: reported('Failed', 'Quarantined'),
      modify: done,
      named: false,
    },
    'Failed Quarantined',
  ],
];

describe('an update', () => {
  for (const [what, situation, expected] of rows) {
    it(`that is ${what} is ${expected}`, () => {
      expect(standing(situation)).to.equal(expected);
    });
  }

  it('that its plugin does not name yet is left alone for a minute', () => {
    expect(decide(observedIn({ named: false }))).to.deep.equal({ kind: 'Wait', againAfterMs: 30_000 });
    expect(standing({ named: false, now: new Date('2026-05-08T14:16:00Z') })).to.equal(
      'Superseded NoLongerOffered',
    );
  });

  it('whose plugin is gone is left alone', () => {
    const orphan = { ...observedIn({}), plugin: undefined, isCurrent: false };
    expect(decide(orphan)).to.deep.equal({ kind: 'Wait', againAfterMs: undefined });
  });

  it('goes once it is settled and five younger ones are', () => {
    const settled = observedIn({ spec: approved, status: reported('Applied', 'Installed') });
    expect(decide({ ...settled, later: KEPT }).kind).to.equal('Prune');
    expect(decide({ ...settled, later: KEPT - 1 }).kind).to.equal('Report');
    expect(decide({ ...observedIn({ status: pending }), later: KEPT }).kind).to.equal('Report');
    expect(decide({ ...observedIn({ status: superseded }), later: KEPT }).kind, 'asked again').to.equal(
      'Report',
    );
  });
});
