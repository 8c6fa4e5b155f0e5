// Stories of visits that do what was approved: exactly that, once, and nothing that was superseded.
import { expect } from 'chai';
import { PLUGIN_UPDATE } from '../../../../controller/api/group.ts';
import type { WorkspacePlugin } from '../../../../controller/api/workspace-plugin.ts';
import { TransientError } from '../../../../lib/errors.ts';
import { tracking, withSource, withSpec } from '../../builders.ts';
import { effects } from './set-up.ts';
import { drifted, one, outcomes, setUp, three, two } from './updates-set-up.ts';

describe('visits that do what was approved', () => {
  it('install exactly that although the ref has moved on', async () => {
    const { world, settle, offer, decide, phases, status, place } = setUp();
    await settle();
    await offer(two);
    decide(two, 'Approved');
    await offer(three);
    expect(place.plugin.marker?.revision).to.equal(two.revision);
    expect(outcomes(status())).to.deep.equal(['Updated UpdateApproved', 'Installed FirstInstall']);
    await settle();
    expect(phases()).to.deep.equal(['v1.2.0 Applied', 'v1.3.0 Pending']);
    expect(world.kube.writes.filter(({ verb }) => verb === 'create')).to.have.length(2);
  });

  it('install it although the source is gone, since it is packed', async () => {
    const { world, settle, offer, decide, place } = setUp();
    await settle();
    await offer(two);
    decide(two, 'Approved');
    world.source.resolve = () => Promise.reject(new TransientError('FetchFailed', 'gone'));
    await settle();
    expect(place.plugin.marker?.revision).to.equal(two.revision);
  });

  it('give up what has vanished and is not packed, and leave the install alone', async () => {
    const { world, settle, offer, decide, place, phases, status } = setUp();
    await settle();
    await offer(two);
    decide(two, 'Approved');
    const fetch = world.source.fetch.bind(world.source);
    world.source.fetch = (request) =>
      request.revision === two.revision
        ? Promise.reject(new TransientError('RefNotFound', 'does not have the revision'))
        : fetch(request);
    await offer(three);
    await settle();
    expect(place.plugin.marker?.revision).to.equal(one.revision);
    expect(status().rejected?.map(({ revision, reason }) => [revision, reason])).to.deep.equal([
      [two.revision, 'Quarantined'],
    ]);
    expect(phases()).to.deep.equal(['v1.2.0 Failed', 'v1.3.0 Pending']);
  });

  it('wait for a source that is down, and say so, where it is not packed', async () => {
    const { world, settle, offer, decide, phases, status } = setUp();
    await settle();
    await offer(two);
    decide(two, 'Approved');
    const fetch = world.source.fetch.bind(world.source);
    world.source.fetch = () =>
      Promise.reject(new TransientError('FetchFailed', 'the server does not answer'));
    await settle();
    expect(phases()).to.deep.equal(['v1.2.0 Approved']);
    expect(status().conditions?.find(({ type }) => type === 'Ready')?.status).to.equal('True');
    expect(status().rejected).to.equal(undefined);
    world.source.fetch = fetch;
    await settle();
    expect(phases()).to.deep.equal(['v1.2.0 Applied']);
  });

  it('install it once, whatever dies in between', async () => {
    const { world, settle, offer, decide, status, place } = setUp();
    await settle();
    await offer(two);
    decide(two, 'Approved');
    world.kube.intercept = ({ verb, kind }) => {
      if (verb === 'update' && kind === 'WorkspacePlugin')
        throw new TransientError('APIUnavailable', 'cut off');
    };
    await settle().catch(() => undefined);
    world.kube.intercept = () => undefined;
    await settle();
    expect(effects(place.calls).filter((call) => call.startsWith('install 1.2.0'))).to.have.length(1);
    expect(outcomes(status())).to.deep.equal(['Updated UpdateApproved', 'Installed FirstInstall']);
    expect(world.events.at(-1)).to.equal('Normal Updated');
  });

  it('refuse an approval of what was superseded, and stay asked about the newer one', async () => {
    const { settle, offer, decide, place, phases, all } = setUp();
    await settle();
    await offer(two);
    await offer(three);
    decide(two, 'Approved');
    await settle();
    expect(place.plugin.marker?.revision).to.equal(one.revision);
    expect(phases()).to.deep.equal(['v1.2.0 Superseded', 'v1.3.0 Pending']);
    const ready = all()[0]?.status?.conditions?.find(({ type }) => type === 'Ready');
    expect(ready?.reason).to.equal('DecisionRefused');
    expect(ready?.message).to.match(
      /^the approval by jane came too late .* PluginUpdate browser-\w+ asks about a newer/,
    );
  });

  it('do not install a refused one when the ref goes back; somebody must be asked again', async () => {
    const { world, settle, offer, decide, place, status, phases, all } = setUp();
    await settle();
    await offer(two);
    await offer(three);
    decide(two, 'Approved');
    await settle();
    await offer(two);
    expect(place.plugin.marker?.revision).to.equal(one.revision);
    expect(drifted(status())).to.equal('True UpdateAvailable');
    const message = status().conditions?.find(({ type }) => type === 'Drifted')?.message;
    expect(message).to.include('was decided when it was out of date: delete it to be asked again');
    const refused = all().filter(({ spec }) => spec.toRevision === two.revision);
    for (const { metadata } of refused) world.kube.remove(PLUGIN_UPDATE, metadata);
    await settle();
    expect(phases()).to.have.members(['v1.3.0 Superseded', 'v1.2.0 Pending']);
  });

  it('ask again about one that was superseded when the ref goes back', async () => {
    const { settle, offer, decide, place, phases } = setUp();
    await settle();
    await offer(two);
    await offer(three);
    await offer(two);
    expect(phases()).to.deep.equal(['v1.2.0 Pending', 'v1.3.0 Superseded']);
    decide(two, 'Approved');
    await settle();
    expect(place.plugin.marker?.revision).to.equal(two.revision);
  });

  it('do what an edit of the spec asks instead, and tell the update that waits', async () => {
    const { settle, offer, edit, decide, place, phases, status, all } = setUp();
    await settle();
    await offer(two);
    edit(tracking('tag:latest', 'v1.3.0'));
    decide(two, 'Approved');
    await settle();
    expect(place.plugin.marker?.revision).to.equal(three.revision);
    expect(outcomes(status())).to.deep.equal(['Updated SpecChanged', 'Installed FirstInstall']);
    expect(phases()[0]).to.equal('v1.2.0 Superseded');
    const ready = all()[0]?.status?.conditions?.find(({ type }) => type === 'Ready');
    expect(ready?.reason).to.equal('DecisionRefused');
  });

  it('keep the question through an edit that does not concern it', async () => {
    const { settle, offer, edit, phases, status } = setUp();
    await settle();
    await offer(two);
    const { pendingUpdateRef } = status();
    edit(withSource({ timeout: '1m' }));
    await settle();
    expect(phases()).to.deep.equal(['v1.2.0 Pending']);
    expect(status().pendingUpdateRef).to.deep.equal(pendingUpdateRef);
  });

  it('keep the question while the source is down, or the plugin is suspended', async () => {
    const { world, settle, offer, edit, phases, status } = setUp();
    await settle();
    await offer(two);
    world.source.down = true;
    await settle();
    expect(status().pendingUpdateRef).to.not.equal(undefined);
    edit(withSpec<WorkspacePlugin>({ suspend: true }));
    await settle();
    expect(phases()).to.deep.equal(['v1.2.0 Pending']);
  });

  it('drop the question when upstream is not followed any more', async () => {
    const { settle, offer, edit, phases, status } = setUp(tracking('tag:latest', 'v1.1.0'));
    await settle();
    await offer(two);
    expect(phases()).to.deep.equal(['v1.2.0 Pending']);
    edit(tracking('none', 'v1.1.0'));
    await settle();
    expect(status().pendingUpdateRef).to.equal(undefined);
    expect(phases()).to.deep.equal(['v1.2.0 Superseded']);
  });
});
