import { expect } from 'chai';
import { decide } from '../../../../controller/workspace-plugin/decide.ts';
import type { WorkspacePlugin } from '../../../../controller/api/workspace-plugin.ts';
import type { Observed } from '../../../../controller/workspace-plugin/observed.ts';
import {
  approving,
  automatic,
  candidate,
  deleted,
  digestOf,
  failed,
  held,
  look,
  observed,
  ok,
  orphaning,
  paths,
  reached,
  reporting,
  suspended,
  tracking,
  unreachable,
  withIntegrity,
  withMetadata,
  withSource,
  withStatus,
  workspacePlugin,
} from '../../builders.ts';

const [one, two, three] = [candidate(1), candidate(2), candidate(3)];
const settled = workspacePlugin(tracking('tag:latest', 'v1.1.0'), approving(one));
const tampered = look(one, { tampered: paths('rules/a.md') });

/** Its last visit found an older object in charge. */
const contested = withStatus<WorkspacePlugin>({
  conditions: [
    {
      ...{ type: 'Stalled', status: 'True', reason: 'Conflict', message: 'older is in charge' },
      ...{ observedGeneration: 1, lastTransitionTime: '2026-05-08T14:00:00Z' },
    },
  ],
});

type Row = readonly [behaviour: string, observed: Observed, plan: object];

function table(rows: readonly Row[]): void {
  for (const [behaviour, value, plan] of rows) {
    it(behaviour, () => {
      expect(decide(value)).to.deep.include(plan);
    });
  }
}

describe('decide: deletion', () => {
  const gone = workspacePlugin(approving(one), deleted);
  const here = reached(look(one));
  table([
    ['removes the plugin', observed(gone, { place: here }), { kind: 'Remove' }],
    ['outranks suspension', observed(suspended(gone), { place: here }), { kind: 'Remove' }],
    [
      'removes nothing where another object is in charge',
      observed(gone, { place: here, rival: 'older' }),
      { kind: 'Release', reason: 'NotInCharge' },
    ],
    [
      'removes nothing where another object was in charge until just now',
      observed(contested(workspacePlugin(deleted, held)), { place: here }),
      { kind: 'Release', reason: 'NotInCharge' },
    ],
    [
      'removes what it was in charge of before it was contested',
      observed(contested(gone), { place: here }),
      { kind: 'Remove' },
    ],
    [
      'leaves the workspace alone under Orphan, reachable or not',
      observed(orphaning(gone), { place: unreachable() }),
      { kind: 'Release', reason: 'Orphaned' },
    ],
    [
      'does not wait for a Workspace that does not exist',
      observed(gone, { place: { state: 'NoWorkspace' } }),
      { kind: 'Release', reason: 'WorkspaceGone' },
    ],
    [
      'does not wait for a container that does not exist',
      observed(gone, { place: unreachable({ reason: 'WorkspaceGone' }) }),
      { kind: 'Release', reason: 'WorkspaceGone' },
    ],
    [
      'removes nothing from a workspace that another object manages',
      observed(gone, { place: unreachable({ reason: 'AlreadyManaged' }) }),
      { kind: 'Release', reason: 'NotInCharge' },
    ],
    [
      'waits for a workspace that is out of reach',
      observed(gone, { place: unreachable() }),
      { kind: 'Nothing', reason: 'NotReached' },
    ],
    [
      'is none of our business without our finalizer',
      observed(withMetadata<typeof gone>({ finalizers: ['other/finalizer'] })(gone), { place: here }),
      { kind: 'Nothing', reason: 'Released' },
    ],
    [
      'leaves a folder that was never ours',
      observed(workspacePlugin(deleted), { place: reached(look(undefined, { state: 'Unmarked' })) }),
      { kind: 'Release', reason: 'NeverInstalled' },
    ],
    [
      'removes a folder of ours that has lost its marker',
      observed(gone, { place: reached(look(undefined, { state: 'Unmarked' })) }),
      { kind: 'Remove' },
    ],
  ]);
});

describe('decide: left alone', () => {
  const wanted = ok(one);
  table([
    [
      'suspended',
      observed(suspended(workspacePlugin()), { wanted }),
      { kind: 'Nothing', reason: 'Suspended' },
    ],
    [
      'the whole workspace is suspended',
      observed(workspacePlugin(), { wanted, place: { state: 'WorkspaceSuspended' } }),
      { kind: 'Nothing', reason: 'Suspended' },
    ],
    [
      'suspension is told before a conflict',
      observed(suspended(workspacePlugin()), { rival: 'older' }),
      { kind: 'Nothing', reason: 'Suspended' },
    ],
    [
      'another object is in charge',
      observed(workspacePlugin(), { wanted, rival: 'older' }),
      { kind: 'Nothing', reason: 'Conflict' },
    ],
    [
      'the workspace is out of reach, even for a repair',
      observed(settled, { place: unreachable(), upstream: ok(two) }),
      { kind: 'Nothing', reason: 'NotReached' },
    ],
    [
      'there is no Workspace',
      observed(workspacePlugin(), { wanted, place: { state: 'NoWorkspace' } }),
      { kind: 'Nothing', reason: 'NotReached' },
    ],
  ]);
});

describe('decide: a new question in the spec', () => {
  const edited = workspacePlugin(
    approving(one),
    withSource({ url: 'github://acme/browser#v1.2.0', path: 'new' }),
  );
  table([
    [
      'installs what the spec names',
      observed(workspacePlugin(), { wanted: ok(one) }),
      { kind: 'Install', target: one, reason: 'FirstInstall', approves: true, untracked: 'LeaveBehind' },
    ],
    [
      'an edit is an approval, whatever the policy for updates and files',
      observed(reporting(edited), { place: reached(look(one)), wanted: ok(two) }),
      { kind: 'Install', target: two, reason: 'SpecChanged', approves: true },
    ],
    [
      'outranks what upstream offers',
      observed(automatic(edited), { place: reached(look(one)), wanted: ok(two), upstream: ok(three) }),
      { kind: 'Install', target: two, reason: 'SpecChanged' },
    ],
    [
      'approves what is in the workspace already without touching it',
      observed(edited, { place: reached(look(two)), wanted: ok(two) }),
      { kind: 'Approve', target: two, reason: 'AlreadyInstalled', trial: 'SpecChanged' },
    ],
    [
      'has an unmarked folder with the right files marked',
      observed(workspacePlugin(), {
        place: reached(look(undefined, { state: 'Unmarked', manifestDigest: digestOf(1) })),
        wanted: ok(one),
      }),
      { kind: 'Install', target: one, reason: 'FirstInstall' },
    ],
    [
      'carries untracked files over where the content stays and a file was changed',
      observed(edited, { place: reached({ ...tampered, untracked: paths('x.pyc') }), wanted: ok(one) }),
      { kind: 'Install', target: one, untracked: 'CarryOver' },
    ],
    [
      'repairs what was approved before, while the source of the new does not answer',
      observed(edited, { place: reached(tampered), wanted: failed() }),
      { kind: 'Install', reason: 'FilesChanged', approves: false },
    ],
    [
      'waits for the source where nothing was approved before',
      observed(workspacePlugin(), { wanted: failed() }),
      { kind: 'Nothing', reason: 'SourceUnavailable' },
    ],
    [
      'does not update to upstream before it is answered',
      observed(automatic(edited), { place: reached(look(one)), wanted: failed(), upstream: ok(three) }),
      { kind: 'Nothing', reason: 'UpToDate' },
    ],
  ]);
});

describe('decide: a lost status', () => {
  const lost = workspacePlugin(tracking('branch:main'));
  const place = reached(look(one));
  table([
    [
      'adopts what is there and is what its marker says, and installs nothing newer',
      observed(automatic(lost), { place, wanted: ok(two), upstream: ok(two), found: ok(one) }),
      { kind: 'Approve', target: one, reason: 'FoundInstalled' },
    ],
    [
      'adopts it with files changed, to be repaired to it',
      observed(lost, { place: reached(tampered), wanted: ok(two), found: ok(one) }),
      { kind: 'Approve', target: one, reason: 'FoundInstalled' },
    ],
    [
      'installs what the spec names when the marker lies',
      observed(lost, { place, wanted: ok(two), found: ok(candidate(1, { digest: digestOf(9) })) }),
      { kind: 'Install', target: two, reason: 'FirstInstall' },
    ],
    [
      'touches nothing while it cannot compare',
      observed(lost, { place, wanted: ok(two), found: failed() }),
      { kind: 'Nothing', reason: 'CannotCompare' },
    ],
  ]);
});

describe('decide: files', () => {
  const upstreamDown = failed();
  const repair = { kind: 'Install', approves: false, untracked: 'CarryOver' };
  table([
    [
      'does nothing about files as approved',
      observed(settled, { place: reached(look(one)) }),
      { kind: 'Nothing', reason: 'UpToDate' },
    ],
    [
      'repairs changed files to the approved revision while another is available',
      observed(settled, { place: reached(tampered), upstream: ok(two) }),
      { ...repair, reason: 'FilesChanged' },
    ],
    [
      'repairs while the source is down',
      observed(settled, { place: reached(tampered), upstream: upstreamDown }),
      { ...repair, reason: 'FilesChanged' },
    ],
    ['repairs a missing folder', observed(settled), { ...repair, reason: 'Missing' }],
    [
      'repairs a folder without marker',
      observed(settled, { place: reached(look(one, { state: 'Unmarked', marker: undefined })) }),
      { ...repair, reason: 'Unmarked' },
    ],
    [
      'replaces what stands where the folder should be',
      observed(settled, { place: reached(look(undefined, { state: 'Foreign' })) }),
      { ...repair, reason: 'FilesChanged' },
    ],
    [
      'restores the approved revision where another was put by hand',
      observed(settled, { place: reached(look(two)) }),
      { ...repair, reason: 'FilesChanged' },
    ],
    [
      'touches nothing under Report',
      observed(reporting(settled), { place: reached(tampered) }),
      { kind: 'Nothing', reason: 'ReportOnly' },
    ],
    [
      'keeps untracked files',
      observed(settled, { place: reached(look(one, { untracked: paths('x.pyc') })) }),
      { kind: 'Nothing', reason: 'UpToDate' },
    ],
    [
      'removes untracked files under Remove',
      observed(withIntegrity({ untracked: 'Remove' })(settled), {
        place: reached(look(one, { untracked: paths('x.pyc') })),
      }),
      { kind: 'Install', reason: 'FilesChanged', approves: false, untracked: 'LeaveBehind' },
    ],
  ]);
  it('repairs to exactly what was approved', () => {
    const plan = decide(observed(settled, { place: reached(tampered), upstream: ok(two) }));
    expect(plan).to.have.property('target').that.includes({ revision: one.revision, digest: one.digest });
  });
});
