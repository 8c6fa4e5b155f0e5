// What to do about what people decided, about what is on trial, and about what has failed.
import { expect } from 'chai';
import { decide, heldBack, isDrifted, isTagMoved } from '../../../../controller/workspace-plugin/decide.ts';
import type { Observed } from '../../../../controller/workspace-plugin/observed.ts';
import {
  approving,
  automatic,
  candidate,
  deleted,
  failed,
  holding,
  look,
  observed,
  ok,
  paths,
  reached,
  rejecting,
  tracking,
  withIntegrity,
  withStatus,
  withUpdate,
  workspacePlugin,
} from '../../builders.ts';
import { pluginUpdate } from '../../update-builder.ts';
import { owing } from './trial.ts';

const [one, two, three] = [candidate(1), candidate(2), candidate(3)];
const followed = workspacePlugin(tracking('tag:latest'), approving(one));
const edited = tracking('tag:latest', 'v1.2.0')(followed);
const there = reached(look(one));

function answered(
  decision: 'Approved' | 'Dismissed',
  target: NonNullable<Observed['answer']>['target'],
  reason?: string,
): Pick<Observed, 'answer'> {
  const why = reason === undefined ? {} : { reason };
  const update = pluginUpdate(followed, two, { spec: { decision, decidedBy: 'jane', ...why } });
  return { answer: { update, content: two, target } };
}

type Row = readonly [behaviour: string, observed: Observed, plan: object];

function table(rows: readonly Row[]): void {
  for (const [behaviour, value, plan] of rows) {
    it(behaviour, () => {
      expect(decide(value)).to.deep.include(plan);
    });
  }
}

describe('decide: what a person decided', () => {
  table([
    [
      'is remembered with who dismissed it, and why',
      observed(followed, { place: there, ...answered('Dismissed', undefined, 'too early') }),
      { kind: 'Reject', target: two, reason: 'Dismissed', message: 'by jane: too early' },
    ],
    [
      'is remembered with who dismissed it where there is no reason',
      observed(followed, { place: there, ...answered('Dismissed', undefined) }),
      { kind: 'Reject', message: 'by jane' },
    ],
    [
      'is installed as it was approved, without what an agent put beside it',
      observed(followed, { place: there, upstream: ok(three), ...answered('Approved', ok(two)) }),
      {
        ...{ kind: 'Install', target: two, reason: 'UpdateApproved' },
        ...{ approves: true, untracked: 'LeaveBehind' },
      },
    ],
    ...['RefNotFound', 'InvalidContent'].map((reason): Row => [
      `is given up where it can never be had: ${reason}`,
      observed(followed, { place: there, ...answered('Approved', failed({ reason, message: 'gone' })) }),
      { kind: 'Reject', target: two, reason: 'Quarantined', message: 'gone' },
    ]),
    [
      'comes before what upstream offers by now, also while it cannot be had',
      observed(automatic(followed), {
        place: there,
        upstream: ok(three),
        ...answered('Approved', failed()),
      }),
      { kind: 'Nothing', reason: 'UpToDate' },
    ],
  ]);
});

describe('decide: what is in place', () => {
  table([
    [
      'is approved where the spec asks for it by another name, whatever its repair still owes',
      observed(edited, { place: reached(look(one, { todo: owing(1) })), wanted: ok(one) }),
      { kind: 'Approve', target: one, reason: 'AlreadyInstalled' },
    ],
    [
      'is finished before it is approved',
      observed(withStatus<typeof followed>({})(workspacePlugin()), {
        place: reached(look(one, { todo: owing(1) })),
        wanted: ok(one),
      }),
      { kind: 'Finish', target: one, reason: 'FirstInstall', approves: true },
    ],
    [
      'is finished after a repair, and approves nothing',
      observed(followed, { place: reached(look(one, { todo: owing(1) })) }),
      { kind: 'Finish', reason: 'Repaired', approves: false },
    ],
    [
      'has nothing to be removed under Remove where there is nothing untracked',
      observed(withIntegrity({ untracked: 'Remove' })(followed), { place: there }),
      { kind: 'Nothing', reason: 'UpToDate' },
    ],
    [
      'is not ours to remove where something else always stood there',
      observed(deleted(workspacePlugin()), { place: reached(look(undefined, { state: 'Foreign' })) }),
      { kind: 'Release', reason: 'NeverInstalled' },
    ],
  ]);
});

describe('decide: what is on trial', () => {
  const trial = look(two, { todo: owing(2) });
  table([
    [
      'gives way where nobody asks for it any more',
      observed(followed, { place: reached(trial), upstream: ok(one) }),
      { kind: 'Install', reason: 'UpdateWithdrawn', untracked: 'LeaveBehind' },
    ],
    [
      'is no update that was withdrawn while upstream does not answer',
      observed(followed, { place: reached(trial), upstream: failed() }),
      { kind: 'Install', reason: 'FilesChanged' },
    ],
    [
      'is no update that was withdrawn while what the spec asks for cannot be had',
      observed(edited, { place: reached(trial), wanted: failed() }),
      { kind: 'Install', reason: 'FilesChanged' },
    ],
    [
      'is unknown where its marker is gone',
      observed(followed, { place: reached({ ...trial, state: 'Unmarked' }) }),
      { kind: 'Install', reason: 'Unmarked' },
    ],
    [
      'is never what was approved: its changed files are repaired',
      observed(followed, { place: reached(look(one, { todo: owing(1), tampered: paths('a') })) }),
      { kind: 'Install', reason: 'FilesChanged', untracked: 'CarryOver' },
    ],
  ]);
});

describe('decide: what has failed', () => {
  table([
    [
      'stays for a person under Hold',
      observed(holding(rejecting(two)(followed)), { place: reached(look(two)), upstream: ok(two) }),
      { kind: 'Nothing', reason: 'Held' },
    ],
    [
      'is taken away where it was the first',
      observed(rejecting(two)(workspacePlugin()), { place: reached(look(two)), wanted: ok(two) }),
      { kind: 'Withdraw', target: { revision: two.revision, digest: two.digest } },
    ],
    [
      'is not tried again, and is no trouble of the source',
      observed(rejecting(two)(workspacePlugin()), { wanted: ok(two) }),
      { kind: 'Nothing', reason: 'UpToDate' },
    ],
  ]);
});

describe('decide: what must wait', () => {
  const patient = withUpdate({ minimumAge: '1h' });
  table([
    [
      'is a first install that is too new',
      observed(patient(workspacePlugin()), { wanted: ok(two) }),
      { kind: 'Nothing', reason: 'Waiting' },
    ],
    [
      'is an update that is too new',
      observed(patient(automatic(followed)), { place: there, upstream: ok(two) }),
      { kind: 'Nothing', reason: 'UpToDate' },
    ],
  ]);

  it('is only what would be installed by itself', () => {
    const wait = (object: typeof followed, upstream = two) =>
      heldBack(observed(patient(object), { upstream: ok(upstream) }))?.reason;
    expect(wait(automatic(followed))).to.equal('AwaitingAge');
    expect(wait(followed), 'a person decides').to.equal(undefined);
    expect(wait(automatic(followed), { ...two, ref: one.ref }), 'a moved tag').to.equal(undefined);
  });
});

describe('drift and moved tags', () => {
  it('are nothing that is known before anything is approved, or while upstream does not answer', () => {
    for (const value of [
      observed(workspacePlugin(tracking('tag:v1.1.0')), { upstream: ok(two) }),
      observed(workspacePlugin(tracking('tag:v1.1.0'), approving(one)), { upstream: failed() }),
    ]) {
      expect([isDrifted(value), isTagMoved(value)]).to.deep.equal([false, false]);
    }
  });

  it('are none while a tag names what was approved', () => {
    const value = observed(workspacePlugin(tracking('tag:v1.1.0'), approving(one)), { upstream: ok(one) });
    expect([isDrifted(value), isTagMoved(value)]).to.deep.equal([false, false]);
  });
});
