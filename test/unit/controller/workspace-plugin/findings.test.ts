import { expect } from 'chai';
import type { After } from '../../../../controller/workspace-plugin/afterwards.ts';
import { findings } from '../../../../controller/workspace-plugin/findings.ts';
import type { Failure } from '../../../../lib/errors.ts';
import {
  approving,
  automatic,
  candidate,
  deleted,
  digestOf,
  failed,
  failureWith,
  look,
  observed,
  ok,
  paths,
  reached,
  reporting,
  tracking,
  unreachable,
  withIntegrity,
  withStatus,
  workspacePlugin,
} from '../../builders.ts';

const [one, two] = [candidate(1), candidate(2)];
const pinned = workspacePlugin(tracking('none', 'v1.1.0'), approving(one));
const tracked = workspacePlugin(tracking('tag:latest'), approving(one));
const here = { place: reached(look(one)) };

function after(
  object: After['object'],
  fields: Parameters<typeof observed>[1] = here,
  problem?: Failure,
): After {
  return {
    ...observed(object, fields),
    failed: problem,
    verdict: undefined,
    standing: { kind: 'Settled' },
    pending: undefined,
    unasked: undefined,
  };
}

type Row = readonly [type: string, says: string, after: After, message: RegExp];

const tampered = look(one, { tampered: { count: 7, first: ['a', 'b', 'c', 'd', 'e', 'f'] } });
const noSpace = failureWith({ reason: 'NoSpace', message: 'the disk is full: make room' });
const notWritable = failureWith({
  kind: 'Permanent',
  reason: 'NotWritable',
  message: 'read-only: mount it otherwise',
});
const unpinned = failed({
  kind: 'Permanent',
  reason: 'UnpinnedSource',
  message: 'name a revision after a #',
});

const rows: readonly Row[] = [
  ['Ready', 'True Installed', after(pinned), /^revision 010101010101 is installed in workspace alice$/],
  [
    'Applied',
    'True Installed',
    after(withStatus<typeof pinned>({ installed: { ...one, short: '', time: '' } })(pinned)),
    /^version 1\.1\.0, /,
  ],
  [
    'Applied',
    'True Installed',
    after(withStatus<typeof pinned>({ installed: { ...two, short: '', time: '' } })(pinned)),
    /revision 020202020202 is installed .*; 010101010101, which is wanted now, has the same content$/,
  ],
  ['Applied', 'False Installing', after(workspacePlugin(), { wanted: ok(one) }), /about to be installed/],
  ...['Locked', 'StaleTicket'].map((reason): Row => {
    const failure = failureWith({ reason, message: 'another command is at work' });
    return ['Applied', 'False Installing', after(workspacePlugin(), { wanted: ok(one) }, failure), /another/];
  }),
  ['Applied', 'False InstallFailed', after(workspacePlugin(), { wanted: ok(one) }, noSpace), /make room/],
  ['Applied', 'False SourceUnavailable', after(workspacePlugin(), { wanted: failed() }), /does not answer/],
  [
    'Applied',
    'False NotPermitted',
    after(workspacePlugin(), {
      wanted: failed({ kind: 'Permanent', reason: 'NotPermitted', message: 'add --file-source-root' }),
    }),
    /--file-source-root/,
  ],
  [
    'Applied',
    'False SourceUnavailable',
    after(workspacePlugin(tracking('branch:main')), { wanted: ok(two), found: failed() }),
    /to replace it, set track to none and name a revision/,
  ],
  ['Applied', 'Unknown WorkspaceUnreachable', after(pinned, { place: unreachable() }), /start it/],
  [
    'Applied',
    'Unknown WorkspaceUnreachable',
    after(pinned, { place: { state: 'NoWorkspace' } }),
    /no Workspace alice in namespace team: create it/,
  ],

  ['Intact', 'True DigestMatches', after(pinned), /^every file is as approved$/],
  [
    'Intact',
    'True DigestMatches',
    after(pinned, { place: reached(look(one, { untracked: paths('x', 'y') })) }),
    /2 files it did not ship/,
  ],
  [
    'Intact',
    'False FilesChanged',
    after(pinned, { place: reached(tampered) }),
    /^7 files differ from what was approved: a, b, c, d, e, and 2 more$/,
  ],
  [
    'Intact',
    'False FilesChanged',
    after(pinned, { place: reached(look(two)) }),
    /does not hold the approved revision/,
  ],
  [
    'Intact',
    'False FilesChanged',
    after(withIntegrity({ untracked: 'Remove' })(pinned), {
      place: reached(look(one, { untracked: paths('x') })),
    }),
    /^1 file differs from what was approved: x$/,
  ],
  [
    'Intact',
    'False FilesChanged',
    after(reporting(pinned), { place: reached(tampered) }),
    /set Repair to restore/,
  ],
  [
    'Intact',
    'False Missing',
    after(pinned, { place: reached(look()) }, noSpace),
    /gone; repair failed: .*make room/,
  ],
  [
    'Intact',
    'False Unmarked',
    after(pinned, { place: reached(look(one, { state: 'Unmarked' })) }),
    /lost its marker/,
  ],
  [
    'Intact',
    'Unknown NotInstalled',
    after(workspacePlugin(), { wanted: failed() }),
    /nothing is installed yet/,
  ],
  ['Intact', 'Unknown WorkspaceUnreachable', after(pinned, { place: unreachable() }), /start it/],

  ['Drifted', 'False NotTracked', after(pinned), /spec.track is none/],
  [
    'Drifted',
    'False UpToDate',
    after(tracked, { ...here, upstream: ok(one) }),
    /tag:latest has the installed content/,
  ],
  [
    'Drifted',
    'False UpToDate',
    after(tracked, { ...here, upstream: ok(candidate(2, { digest: digestOf(1) })) }),
    /installed content/,
  ],
  [
    'Drifted',
    'True UpdateAvailable',
    after(tracked, { ...here, upstream: ok(two) }),
    /v1\.2\.0 .* is available; approval is Manual: .*, or name it in spec.source.url after a #/,
  ],
  [
    'Drifted',
    'True UpdateApproved',
    after(automatic(tracked), { ...here, upstream: ok(two) }, noSpace),
    /could not be installed: .*make room/,
  ],
  [
    'Drifted',
    'True UpdateApproved',
    after(
      workspacePlugin(tracking('tag:latest'), approving(one, { path: 'old' })),
      { ...here, wanted: ok(two), upstream: ok(two) },
      noSpace,
    ),
    /what the spec asks for/,
  ],
  [
    'Drifted',
    'True TagMoved',
    after(tracked, { ...here, upstream: ok(candidate(2, { ref: one.ref })) }),
    /never installed automatically: nothing is asked yet, or set spec.source.url to …#sha:(02){20}$/,
  ],
  [
    'Drifted',
    'Unknown SourceUnavailable',
    after(tracked, { ...here, upstream: failed() }),
    /does not answer/,
  ],
  [
    'Drifted',
    'Unknown NotInstalled',
    after(workspacePlugin(tracking('tag:latest')), { wanted: ok(one), upstream: ok(one) }),
    /nothing is installed yet/,
  ],

  ['SourceReady', 'True Resolved', after(pinned), /^github:\/\/acme\/browser#v1\.1\.0 is revision/],
  [
    'SourceReady',
    'True Resolved',
    after(tracked, { ...here, upstream: ok(two) }),
    /^tag:latest of github:\/\/acme\/browser is revision/,
  ],
  ['SourceReady', 'False UnpinnedSource', after(workspacePlugin(), { wanted: unpinned }), /name a revision/],
  [
    'SourceReady',
    'False FetchFailed',
    after(tracked, { ...here, upstream: failed({ reason: 'Undocumented' }) }),
    /does not answer/,
  ],
  ['SourceReady', 'Unknown NotAsked', after(workspacePlugin(deleted)), /was not asked yet/],

  ['Reconciling', 'False Settled', after(tracked, { ...here, upstream: failed() }), /nothing is under way/],
  ['Reconciling', 'True Retrying', after(pinned, { place: unreachable() }), /^trying again: /],
  [
    'Reconciling',
    'True Retrying',
    after(deleted(pinned), { place: unreachable() }),
    /set spec.deletionPolicy to Orphan$/,
  ],

  ['Stalled', 'False NotStalled', after(pinned, { place: unreachable() }), /nothing waits/],
  ['Stalled', 'True UnpinnedSource', after(workspacePlugin(), { wanted: unpinned }), /name a revision/],
  ['Stalled', 'False NotStalled', after(tracked, { ...here, upstream: unpinned }), /nothing waits/],
  [
    'Stalled',
    'True NotWritable',
    after(pinned, { place: reached(look()) }, notWritable),
    /mount it otherwise/,
  ],
  [
    'Stalled',
    'True RuntimeNotPermitted',
    after(pinned, {
      place: unreachable({
        kind: 'Permanent',
        reason: 'RuntimeNotPermitted',
        message: 'start with --host-namespace=team',
      }),
    }),
    /--host-namespace=team/,
  ],
  ['Stalled', 'True WorkspaceNotFound', after(pinned, { place: { state: 'NoWorkspace' } }), /create it/],
  [
    'Stalled',
    'True Conflict',
    after(workspacePlugin(), { rival: 'older' }),
    /WorkspacePlugin older is older and in charge .* delete one of the two/,
  ],
];

describe('findings', () => {
  for (const [type, says, value, message] of rows) {
    it(`${type} is ${says}: ${message.source}`, () => {
      const found = findings(value).find((finding) => finding.type === type);
      expect(`${found?.status ?? ''} ${found?.reason ?? ''}`).to.equal(says);
      expect(found?.message).to.match(message);
    });
  }

  it('Ready mirrors the first of Applied and Intact that is not True', () => {
    const of = (value: After) => findings(value).find(({ type }) => type === 'Ready')?.reason;
    expect(of(after(workspacePlugin(), { wanted: failed() }))).to.equal('SourceUnavailable');
    expect(of(after(pinned, { place: reached(tampered) }))).to.equal('FilesChanged');
  });

  it('a source that is down, or a waiting update, does not lower Ready', () => {
    for (const upstream of [failed(), ok(two)]) {
      const ready = findings(after(tracked, { ...here, upstream })).find(({ type }) => type === 'Ready');
      expect(ready?.status).to.equal('True');
    }
  });
});
