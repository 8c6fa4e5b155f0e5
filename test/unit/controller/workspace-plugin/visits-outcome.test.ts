import { expect } from 'chai';
import { REQUESTED_AT, RESET_AT, WORKSPACE_PLUGIN } from '../../../../controller/api/group.ts';
import { TransientError } from '../../../../lib/errors.ts';
import { candidate, holding } from '../../builders.ts';
import { NAME, one, setUp, two } from './set-up.ts';
import { BAD, CHECKED, outcomes, withUpdateWaiting } from './trial.ts';

describe('an update that fails its health check', () => {
  it('is rejected, then rolled back without a transfer and restarted again, and Ready holds all along', async () => {
    const { world, place, source, visit, status, condition, effects } = await withUpdateWaiting();
    place.reload = 'Restart';
    place.verdicts.set('HealthCheck', BAD);
    expect(await visit()).to.deep.equal({ kind: 'Settled', requeueAfterMs: 0 });
    expect(status().rejected?.[0]).to.include({
      revision: two.revision,
      digest: two.digest,
      reason: 'Quarantined',
      message: `the health check failed: ${BAD}`,
    });
    expect(condition('Ready')).to.equal('True Installed');
    expect(condition('Reconciling')).to.equal('True RollingBack');
    source.fetches.length = 0;
    await visit();
    expect(effects().slice(3)).to.deep.equal(['restore 1.1.0', 'Restart']);
    expect(source.fetches.map(({ revision }) => revision)).to.not.include(one.revision);
    expect(place.plugin.marker?.revision).to.equal(one.revision);
    expect(condition('Ready')).to.equal('True Installed');
    expect(condition('Drifted')).to.equal('True Rejected');
    expect(condition('Reconciling')).to.equal('False Settled');
    expect(outcomes(status())?.slice(0, 2)).to.deep.equal(['RolledBack UpdateFailed', 'Failed Quarantined']);
    expect(world.events).to.deep.equal(['Warning Quarantined', 'Normal RolledBack']);
    expect(world.kube.writes).to.have.length(2);
  });

  it('is not tried again', async () => {
    const { world, place, visit, effects } = await withUpdateWaiting();
    place.verdicts.set('HealthCheck', BAD);
    await visit();
    await visit();
    const tried = effects().length;
    world.now += 36_000_000;
    await visit();
    expect(effects()).to.have.length(tried);
  });

  it('holds up newer ones for longer each time, unless somebody asks for a look', async () => {
    const { world, place, source, visit, status, condition } = await withUpdateWaiting();
    place.verdicts.set('HealthCheck', BAD);
    const offer = (seed: number) => {
      source.has(candidate(seed));
      source.refs.set('latest', candidate(seed));
    };
    const pauses: number[] = [];
    for (let seed = 3; seed < 7; seed += 1) {
      await visit();
      await visit();
      offer(seed);
      const outcome = await visit();
      expect(condition('Drifted')).to.equal('True UpdateApproved');
      const pause = outcome.kind === 'Settled' ? (outcome.requeueAfterMs ?? 0) : 0;
      pauses.push(pause / 1_000);
      world.now += pause;
    }
    expect(pauses).to.deep.equal([30, 60, 120, 240]);
    await visit();
    await visit();
    offer(7);
    place.verdicts.clear();
    await world.kube.patch(WORKSPACE_PLUGIN, NAME, {
      patch: { metadata: { annotations: { [REQUESTED_AT]: 'now' } } },
      signal: new AbortController().signal,
    });
    await visit();
    expect(status().approved?.revision).to.equal(candidate(7).revision);
  });

  it('is recorded by the next visit where this one was cut off after the check, with the same end', async () => {
    const whole = await withUpdateWaiting();
    whole.place.verdicts.set('HealthCheck', BAD);
    await whole.visit();
    const failed = whole.place.plugin;
    await whole.visit();
    const { place, visit, status, effects } = await withUpdateWaiting();
    place.plugin = failed;
    await visit();
    expect(effects()).to.deep.equal([]);
    expect(status().rejected?.[0]?.message).to.equal(`the health check failed: ${BAD}`);
    await visit();
    expect(place.plugin.marker?.revision).to.equal(one.revision);
    expect(outcomes(status())).to.deep.equal(outcomes(whole.status()));
  });

  it('tells that the version before could not be put back, and tries on', async () => {
    const { place, visit, condition } = await withUpdateWaiting();
    place.verdicts.set('HealthCheck', BAD);
    await visit();
    place.failures.set('restore', new TransientError('NoSpace', 'the disk is full: make room'));
    expect(await visit()).to.have.property('kind', 'Retry');
    expect(condition('Ready')).to.equal('False InstallFailed');
    place.failures.clear();
    await visit();
    expect(condition('Ready')).to.equal('True Installed');
  });

  it('stays under Hold, is told so, and nothing more happens by itself', async () => {
    const { place, source, visit, condition, effects } = await withUpdateWaiting(holding);
    place.verdicts.set('HealthCheck', BAD);
    await visit();
    source.has(candidate(3));
    source.refs.set('latest', candidate(3));
    await visit();
    expect(effects()).to.deep.equal(['install 1.2.0 LeaveBehind', 'HealthCheck sh -c exit 0']);
    expect(condition('Ready')).to.equal('False InstallFailed');
    expect(condition('Stalled')).to.equal('True InstallFailed');
    expect(condition('Intact')).to.equal('True DigestMatches');
  });

  it('is checked once more after resetAt under Hold', async () => {
    const { world, place, visit, status, condition, effects } = await withUpdateWaiting(holding);
    place.verdicts.set('HealthCheck', BAD);
    await visit();
    place.verdicts.clear();
    await world.kube.patch(WORKSPACE_PLUGIN, NAME, {
      patch: { metadata: { annotations: { [RESET_AT]: 'now' } } },
      signal: new AbortController().signal,
    });
    await visit();
    expect(effects().slice(2)).to.deep.equal(['HealthCheck sh -c exit 0']);
    expect(status().approved?.revision).to.equal(two.revision);
    expect(condition('Ready')).to.equal('True Installed');
  });
});

describe('what the spec asks for and fails', () => {
  it('is taken away again where it was the first', async () => {
    const { world, place, visit, status, condition } = setUp(CHECKED);
    place.verdicts.set('HealthCheck', BAD);
    await visit();
    expect(await visit()).to.have.property('kind', 'Settled');
    expect(place.plugin.state).to.equal('Absent');
    expect(status()).to.not.have.property('approved');
    expect(condition('Applied')).to.equal('False RolledBack');
    expect(condition('Stalled')).to.equal('True RolledBack');
    expect(condition('Intact')).to.equal('Unknown NotInstalled');
    expect(outcomes(status())).to.deep.equal(['RolledBack FirstInstallFailed', 'Failed Quarantined']);
    world.kube.calls.length = 0;
    world.now += 600_000;
    await visit();
    expect(world.kube.writes).to.deep.equal([]);
  });

  it('gives way to the version before, is said to have failed, and is tried again after an edit', async () => {
    const { world, place, visit, status, condition } = setUp(CHECKED);
    const edit = async (spec: object) =>
      world.kube.patch(WORKSPACE_PLUGIN, NAME, { patch: { spec }, signal: new AbortController().signal });
    await visit();
    place.verdicts.set('HealthCheck', BAD);
    await edit({ source: { url: 'github://acme/browser#v1.2.0' } });
    await visit();
    await visit();
    expect(place.plugin.marker?.revision).to.equal(one.revision);
    expect(condition('Ready')).to.equal('False RolledBack');
    expect(condition('Stalled')).to.equal('True RolledBack');
    expect(condition('Intact')).to.equal('True DigestMatches');
    place.verdicts.clear();
    await edit({ update: { healthCheck: { command: ['true'], timeout: '30s' } } });
    await visit();
    expect(status().approved?.revision).to.equal(two.revision);
    expect(status()).to.not.have.property('rejected');
    expect(condition('Ready')).to.equal('True Installed');
  });

  it('is tried again when a person asks for something else, and then for it again; by no other edit', async () => {
    const { world, place, visit, status } = setUp(CHECKED);
    const tries = () => place.calls.filter((call) => call.startsWith('install 1.2.0')).length;
    const edit = async (spec: object) => {
      await world.kube.patch(WORKSPACE_PLUGIN, NAME, {
        patch: { spec },
        signal: new AbortController().signal,
      });
      await visit();
      await visit();
    };
    await visit();
    place.verdicts.set('HealthCheck', BAD);
    await edit({ source: { url: 'github://acme/browser#v1.2.0' } });
    expect(tries()).to.equal(1);
    for (const spec of [{ previousLimit: 2 }, { suspend: true }, { suspend: false }]) await edit(spec);
    expect(tries()).to.equal(1);
    expect(status().rejected).to.have.length(1);
    await edit({ source: { url: 'github://acme/browser#v1.1.0' } });
    await edit({ source: { url: 'github://acme/browser#v1.2.0' } });
    expect(tries() + place.calls.filter((call) => call === 'restore 1.2.0').length).to.equal(2);
  });

  it('is forgotten when a person goes back to the version before', async () => {
    const { world, place, visit, condition } = setUp(CHECKED);
    await visit();
    place.verdicts.set('HealthCheck', BAD);
    for (const tag of ['v1.2.0', 'v1.1.0']) {
      const patch = { spec: { source: { url: `github://acme/browser#${tag}` } } };
      await world.kube.patch(WORKSPACE_PLUGIN, NAME, { patch, signal: new AbortController().signal });
      await visit();
      await visit();
    }
    expect(condition('Ready')).to.equal('True Installed');
    expect(condition('Stalled')).to.equal('False NotStalled');
  });
});
