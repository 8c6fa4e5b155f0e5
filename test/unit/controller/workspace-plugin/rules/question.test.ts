// When a person is asked, which answers count, and until when the status names the question.
import { expect } from 'chai';
import type { PluginUpdate } from '../../../../../controller/api/plugin-update.ts';
import type { WorkspacePlugin } from '../../../../../controller/api/workspace-plugin.ts';
import type { Candidate } from '../../../../../controller/workspace-plugin/observed.ts';
import {
  isOpen,
  isRefused,
  offered,
  pendingName,
} from '../../../../../controller/workspace-plugin/rules/question.ts';
import { mergeConditions } from '../../../../../lib/reconcile/conditions.ts';
import {
  approving,
  automatic,
  candidate,
  deleted,
  NOW,
  observed,
  ok,
  rejecting,
  tracking,
  withStatus,
  withUpdate,
  workspacePlugin,
} from '../../../builders.ts';
import { pluginUpdate } from '../../../update-builder.ts';

const [one, two, three] = [candidate(1), candidate(2), candidate(3)];
const followed = workspacePlugin(tracking('tag:latest'), approving(one));
const update = pluginUpdate(followed, two);
const { name } = update.metadata;
const proposal = { name, target: two, update };
const decided = { ...update, spec: { ...update.spec, decision: 'Approved', decidedBy: 'jane' } } as const;

describe('what upstream offers', () => {
  const seen = ({ revision, digest, ref }: Candidate) =>
    withStatus<WorkspacePlugin>({
      available: {
        revision,
        short: revision.slice(0, 12),
        digest,
        ref,
        firstSeenTime: '2026-05-01T00:00:00Z',
      },
    });
  const pushed = candidate(3, { digest: two.digest, ref: two.ref });
  const revisionOf = (object: WorkspacePlugin, upstream: Candidate) => {
    const offer = offered(object, ok(upstream));
    return offer?.ok === true ? offer.value.revision : undefined;
  };

  it('is by the first revision that had the same content under the same name', () => {
    expect(revisionOf(seen(two)(followed), pushed)).to.equal(two.revision);
  });

  it('is as upstream says it where the content or the name is another, or nothing was seen or approved', () => {
    expect(revisionOf(seen(two)(followed), three)).to.equal(three.revision);
    expect(revisionOf(seen(two)(followed), { ...pushed, ref: 'v1.2.1' })).to.equal(three.revision);
    expect(revisionOf(followed, pushed)).to.equal(three.revision);
    expect(revisionOf(seen(two)(workspacePlugin()), pushed)).to.equal(three.revision);
  });
});

describe('a decision', () => {
  const superseded = (object: PluginUpdate, status: 'True' | 'False'): PluginUpdate => {
    const finding = { type: 'Superseded', status, reason: 'NewerRevision', message: '' } as const;
    return { ...object, status: { conditions: mergeConditions([], [finding], 1, NOW) } };
  };

  it('is refused where the question was superseded before', () => {
    expect(isRefused(superseded(decided, 'True'))).to.equal(true);
    expect(isRefused(superseded(decided, 'False'))).to.equal(false);
    expect(isRefused(decided), 'not reported yet').to.equal(false);
    expect(isRefused({ ...decided, status: {} }), 'not reported yet').to.equal(false);
    expect(isRefused(superseded(update, 'True')), 'nobody has decided').to.equal(false);
  });
});

describe('a question is open', () => {
  const answer = { update: decided, content: two, target: ok(two) };
  const first = withUpdate({ initialInstall: 'Manual' })(workspacePlugin());
  for (const [what, fields, isTagMoved, expected] of [
    ['where a person approves updates', { object: followed }, false, true],
    ['not where updates come by themselves', { object: automatic(followed) }, false, false],
    ['where a tag has moved, whoever approves', { object: automatic(followed) }, true, true],
    ['not once it is answered', { object: followed, answer }, false, false],
    ['not where there is nothing to propose', { object: followed, proposal: undefined }, false, false],
    ['not about what was rejected', { object: rejecting(two)(followed) }, true, false],
    ['about a first install, whoever approves updates', { object: automatic(first) }, false, true],
    ['not about a first install that has failed', { object: rejecting(two)(first) }, false, false],
    [
      'about a first install that failed by another wish',
      { object: rejecting(two, { specHash: 'another' })(first) },
      false,
      true,
    ],
  ] as const) {
    it(what, () => {
      expect(isOpen({ proposal, answer: undefined, ...fields }, isTagMoved)).to.equal(expected);
    });
  }
});

describe('the status names a question', () => {
  const named = withStatus<WorkspacePlugin>({ pendingUpdateRef: { name: 'as-before' } })(followed);
  it('as it did, while another object is in charge, the sources are late, or the plugin is about to go', () => {
    for (const [object, fields] of [
      [named, { rival: 'older' }],
      [named, { isOutsideLate: true }],
      [deleted(named), {}],
    ] as const) {
      expect(pendingName(observed(object, { proposal, ...fields }), false)).to.equal('as-before');
    }
  });

  it('once its PluginUpdate is there, and until somebody decides', () => {
    const nameOf = (asking: PluginUpdate | undefined) =>
      pendingName(observed(followed, { proposal: { ...proposal, update: asking } }), false);
    expect([undefined, update, decided].map(nameOf)).to.deep.equal([undefined, name, undefined]);
  });
});
