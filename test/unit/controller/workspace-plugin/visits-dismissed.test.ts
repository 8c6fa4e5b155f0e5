// Stories of visits that remember what was dismissed, and of first installs that a person must approve.
import { expect } from 'chai';
import { PLUGIN_UPDATE } from '../../../../controller/api/group.ts';
import type { WorkspacePlugin } from '../../../../controller/api/workspace-plugin.ts';
import { TransientError } from '../../../../lib/errors.ts';
import { resetting, withSpec, workspacePlugin } from '../../builders.ts';
import { effects } from './set-up.ts';
import { drifted, one, outcomes, setUp, three, two } from './updates-set-up.ts';

describe('visits that remember what was dismissed', () => {
  it('leave the install alone, and never ask again, also when the object is deleted', async () => {
    const { world, settle, offer, decide, all, place, status } = setUp();
    await settle();
    await offer(two);
    decide(two, 'Dismissed');
    await settle();
    expect(drifted(status())).to.equal('True Rejected');
    expect(status().rejected).to.have.length(1);
    expect(status().rejected?.[0]).to.include({
      reason: 'Dismissed',
      digest: two.digest,
      message: 'by jane',
    });
    expect(all()[0]?.status?.phase).to.equal('Dismissed');
    for (const { metadata } of all()) world.kube.remove(PLUGIN_UPDATE, metadata);
    await settle();
    expect(all()).to.deep.equal([]);
    expect(place.plugin.marker?.revision).to.equal(one.revision);
    expect(status().conditions?.find(({ type }) => type === 'Ready')?.status).to.equal('True');
  });

  it('ask about what is newer, and about the same after a reset', async () => {
    const { settle, offer, decide, edit, phases } = setUp();
    await settle();
    await offer(two);
    decide(two, 'Dismissed');
    await settle();
    await offer(three);
    expect(phases()).to.deep.equal(['v1.2.0 Dismissed', 'v1.3.0 Pending']);
    await offer(two);
    expect(phases()).to.deep.equal(['v1.2.0 Dismissed', 'v1.3.0 Superseded']);
    edit(resetting('now'));
    await settle();
    await settle();
    expect(phases()).to.deep.equal(['v1.2.0 Dismissed', 'v1.3.0 Superseded', 'v1.2.0 Pending']);
  });

  it('do not remember a dismissal that came too late, which is told so', async () => {
    const { world, settle, visit, offer, decide, all, phases, status } = setUp();
    await settle();
    await offer(two);
    world.source.refs.set('latest', three);
    world.now += 60_000;
    await visit(); // names the newer one, and what it supersedes does not say so yet
    decide(two, 'Dismissed');
    await settle();
    expect(phases()).to.deep.equal(['v1.2.0 Superseded', 'v1.3.0 Pending']);
    const ready = all()[0]?.status?.conditions?.find(({ type }) => type === 'Ready');
    expect(ready?.reason).to.equal('DecisionRefused');
    expect(ready?.message).to.match(/^the dismissal by jane came too late .* asks about a newer/);
    expect(status().rejected).to.equal(undefined);
  });

  it('remember it also while the workspace is out of reach', async () => {
    const { settle, offer, decide, place, status } = setUp();
    await settle();
    await offer(two);
    decide(two, 'Dismissed');
    place.failures.set('reach', new TransientError('WorkspaceUnreachable', 'it is down'));
    await settle();
    expect(status().rejected).to.have.length(1);
  });
});

describe('visits before a first install that a person must approve', () => {
  const manual = withSpec<WorkspacePlugin>({
    update: { ...workspacePlugin().spec.update, initialInstall: 'Manual' },
  });

  it('ask about what the spec names, and install exactly that', async () => {
    const { settle, offer, decide, place, phases, status, all } = setUp(manual);
    await settle();
    expect(phases()).to.deep.equal(['v1.1.0 Pending']);
    expect(all()[0]?.spec).to.not.have.property('fromRevision');
    expect(status().conditions?.find(({ type }) => type === 'Applied')?.reason).to.equal('AwaitingApproval');
    decide(one, 'Approved');
    await offer(two);
    expect(place.plugin.marker?.revision).to.equal(one.revision);
    expect(outcomes(status())).to.deep.equal(['Installed FirstInstall']);
    await settle();
    expect(phases()).to.deep.equal(['v1.1.0 Applied', 'v1.2.0 Pending']);
  });

  it('install nothing once it was dismissed', async () => {
    const { settle, decide, place, phases, status } = setUp(manual);
    await settle();
    decide(one, 'Dismissed');
    await settle();
    await settle();
    expect(effects(place.calls)).to.deep.equal([]);
    expect(phases()).to.deep.equal(['v1.1.0 Dismissed']);
    expect(status().conditions?.find(({ type }) => type === 'Applied')?.message).to.include(
      'dismissed by jane',
    );
  });
});
