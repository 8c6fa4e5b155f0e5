import { expect } from 'chai';
import type { WorkspacePlugin } from '../../../../controller/api/workspace-plugin.ts';
import { decide, type Plan } from '../../../../controller/workspace-plugin/decide.ts';
import { report } from '../../../../controller/workspace-plugin/report.ts';
import type { Rejection } from '../../../../controller/workspace-plugin/rules/rejected.ts';
import { wishOf } from '../../../../controller/workspace-plugin/rules/wish.ts';
import { findCondition } from '../../../../lib/reconcile/conditions.ts';
import {
  NOW,
  approving,
  automatic,
  candidate,
  look,
  observed,
  ok,
  reached,
  rejecting,
  resetting,
  suspended,
  tracking,
  withMetadata,
  withSource,
  withSpec,
  withStatus,
  withUpdate,
  workspacePlugin,
  type Modifier,
} from '../../builders.ts';

const [one, two, three] = [candidate(1), candidate(2), candidate(3)];
const edited: Modifier<WorkspacePlugin> = withMetadata({ generation: 2 });

/** Follows the latest release, and has the first one. */
function following(...modifiers: Modifier<WorkspacePlugin>[]): WorkspacePlugin {
  return workspacePlugin(tracking('tag:latest'), approving(one), automatic, ...modifiers);
}

function offered(object: WorkspacePlugin, upstream = two) {
  return observed(object, { place: reached(look(one)), upstream: ok(upstream) });
}

function reported(object: WorkspacePlugin, plan?: Plan) {
  const found = offered(object);
  const chosen = plan ?? decide(found);
  const after = { time: NOW, plugin: look(two) };
  const done = { effect: 'Installed', swapMode: 'Exchange', uncleaned: [], look: after } as const;
  const change = chosen.kind === 'Install' ? ok(done) : undefined;
  return report({ observed: found, plan: chosen, acted: { object, change, finish: undefined } }, NOW, 0.5)
    .status;
}

describe('a rejected revision', () => {
  const nothing = { kind: 'Nothing', reason: 'UpToDate' };

  it('is not installed by itself', () => {
    expect(decide(offered(following(rejecting(two))))).to.deep.equal(nothing);
  });

  it('is not installed by itself after an edit of something else either', () => {
    expect(decide(offered(following(rejecting(two), edited)))).to.deep.equal(nothing);
  });

  it('is not tried under another name with the same content', () => {
    const push = candidate(4, { digest: two.digest });
    expect(decide(offered(following(rejecting(two)), push))).to.deep.equal(nothing);
  });

  it('does not hold up a newer one', () => {
    expect(decide(offered(following(rejecting(two)), three))).to.deep.include({
      kind: 'Install',
      target: three,
    });
  });

  it('is installed once a person names it', () => {
    const object = following(rejecting(two), tracking('tag:latest', 'v1.2.0'), edited);
    const place = reached(look(one));
    expect(decide(observed(object, { place, wanted: ok(two), upstream: ok(two) }))).to.deep.include({
      kind: 'Install',
      reason: 'SpecChanged',
    });
  });

  const before = workspacePlugin(tracking('none', 'v1.1.0'), approving(one));
  const pinned = rejecting(two)(tracking('none', 'v1.2.0')(before));
  const named = { place: reached(look(one)), wanted: ok(two) };
  const installed = { kind: 'Install', target: two };

  it('that the spec names is not tried again until the spec asks for something else', () => {
    expect(decide(observed(pinned, named))).to.deep.equal(nothing);
    for (const modify of [
      tracking('none', 'tag:v1.2.0'),
      withSource({ path: 'skills/browser' }),
      withSource({ url: 'github://acme/other#v1.2.0' }),
      withUpdate({ healthCheck: { command: ['true'], timeout: '30s' } }),
    ]) {
      expect(decide(observed(modify(edited(pinned)), named))).to.deep.include(installed);
    }
  });

  it('that the spec names is not tried again because of an edit of anything else', () => {
    for (const modify of [
      withSpec<WorkspacePlugin>({ previousLimit: 3 }),
      withSource({ timeout: '1m' }),
      withUpdate({ approval: 'Automatic' }),
      withSpec<WorkspacePlugin>({ track: 'tag:latest' }),
    ]) {
      expect(decide(observed(modify(edited(pinned)), named))).to.deep.equal(nothing);
    }
  });

  it('that was recorded without a checksum is tried again after any edit', () => {
    const [{ specHash, ...rejection } = {}] = pinned.status?.rejected ?? [];
    const old = withStatus<WorkspacePlugin>({ rejected: [rejection as Rejection] })(pinned);
    expect(specHash).to.match(/^[0-9a-f]{8}$/);
    expect(decide(observed(old, named))).to.deep.equal(nothing);
    expect(decide(observed(edited(old), named))).to.deep.include(installed);
  });

  it('is tried again after a reset', () => {
    const object = following(rejecting(two), resetting('now'));
    expect(decide(offered(object))).to.deep.include({ kind: 'Install', target: two });
  });

  it('is not tried again for a reset that was answered before it was rejected', () => {
    const answered = withStatus<WorkspacePlugin>({ lastHandledResetAt: 'now' });
    expect(decide(offered(following(rejecting(two), resetting('now'), answered)))).to.deep.equal(nothing);
  });
});

describe('report: what is rejected', () => {
  const dismissal = {
    kind: 'Reject',
    target: { revision: two.revision, digest: two.digest },
    reason: 'Dismissed',
    message: 'by jane: too early',
  } as const;

  it('is remembered with who said so, why, and what the spec asked for', () => {
    const object = following(edited);
    expect(reported(object, dismissal).rejected).to.deep.equal([
      {
        revision: two.revision,
        digest: two.digest,
        reason: 'Dismissed',
        message: 'by jane: too early',
        time: '2026-05-08T14:15:30Z',
        observedGeneration: 2,
        specHash: wishOf(object),
      },
    ]);
  });

  it('is remembered once, as it was last rejected', () => {
    const { rejected } = reported(following(rejecting(three), rejecting(two)), dismissal);
    expect(rejected?.map(({ revision, reason }) => [revision, reason])).to.deep.equal([
      [two.revision, 'Dismissed'],
      [three.revision, 'Quarantined'],
    ]);
  });

  it('is forgotten beyond the twentieth', () => {
    const many = Array.from({ length: 20 }, (_, index) => rejecting(candidate(index + 10)));
    const { rejected } = reported(following(...many), dismissal);
    expect(rejected).to.have.length(20);
    expect(rejected?.[0]?.revision).to.equal(two.revision);
  });

  it('is told by Drifted, with what failed or who dismissed it, and how to try it all the same', () => {
    const dismissed = { reason: 'Dismissed', message: 'by jane: too early' } as const;
    for (const [rejection, says] of [
      [{}, /^v1\.2\.0 \(revision 020202020202\) was tried, and failed: the health check .*; to try it/],
      [dismissed, /was dismissed by jane: too early; .*name it in spec\.source\.url, or set .*resetAt/],
    ] as const) {
      const { conditions = [] } = reported(following(rejecting(two, rejection)));
      const drifted = findCondition(conditions, 'Drifted');
      expect(drifted).to.include({ status: 'True', reason: 'Rejected' });
      expect(drifted?.message).to.match(says);
      expect(findCondition(conditions, 'Ready')?.status).to.equal('True');
    }
  });

  it('is so no longer once it is approved', () => {
    const object = following(resetting('now'), rejecting(three), rejecting(two));
    expect(reported(following(rejecting(three))).rejected).to.have.length(1);
    expect(reported(object)).to.not.have.property('rejected');
  });

  it('is empty after a reset, which is answered once', () => {
    const object = workspacePlugin(approving(one), rejecting(two), resetting('now'));
    const status = reported(object);
    expect(status).to.not.have.property('rejected');
    expect(status.lastHandledResetAt).to.equal('now');
  });

  it('stays, with the reset unanswered, while the object is suspended', () => {
    const status = reported(following(rejecting(two), resetting('now'), suspended));
    expect(status.rejected).to.have.length(1);
    expect(status).to.not.have.property('lastHandledResetAt');
  });
});
