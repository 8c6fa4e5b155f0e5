import { expect } from 'chai';
import { WORKSPACE, WORKSPACE_PLUGIN } from '../../../../controller/api/group.ts';
import { TransientError } from '../../../../lib/errors.ts';
import { findCondition } from '../../../../lib/reconcile/conditions.ts';
import { automatic, deleted, holding, look, tracking } from '../../builders.ts';
import { NAME, one, setUp, two } from './set-up.ts';
import { BAD, CHECKED, EFFECTS, outcomes, withUpdateWaiting } from './trial.ts';

describe('a visit that tries a revision', () => {
  it('restarts, checks and approves it, with one write in all', async () => {
    const { world, place, visit, status, effects } = await withUpdateWaiting();
    place.reload = 'Restart';
    await visit();
    expect(effects()).to.deep.equal(['install 1.2.0 LeaveBehind', 'Restart', 'HealthCheck sh -c exit 0']);
    expect(status().approved?.revision).to.equal(two.revision);
    expect(world.kube.writes).to.have.length(1);
    expect(world.events).to.deep.equal(['Normal Updated']);
  });

  it('restarts nothing for what the agent loads by itself', async () => {
    const { visit, effects } = await withUpdateWaiting();
    await visit();
    expect(effects()).to.deep.equal(['install 1.2.0 LeaveBehind', 'HealthCheck sh -c exit 0']);
  });

  it('restarts nothing where the Workspace says Never', async () => {
    const { world, place, visit, effects } = await withUpdateWaiting();
    const alice = { namespace: 'team', name: 'alice' };
    await world.kube.patch(WORKSPACE, alice, {
      patch: { spec: { restartPolicy: 'Never' } },
      signal: new AbortController().signal,
    });
    place.reload = 'Restart';
    await visit();
    expect(effects()).to.deep.equal(['install 1.2.0 LeaveBehind', 'HealthCheck sh -c exit 0']);
  });

  it('checks neither a repair nor what was approved before', async () => {
    const { source, place, visit, effects } = await withUpdateWaiting();
    source.refs.set('latest', one);
    place.plugin = { ...place.plugin, tampered: { count: 1, first: ['rules/a.md'] } };
    place.reload = 'Restart';
    await visit();
    expect(effects()).to.deep.equal(['install 1.1.0 CarryOver', 'Restart']);
  });

  it('goes on where a visit before it was cut off, and does nothing twice', async () => {
    const { place, visit, status, effects } = await withUpdateWaiting();
    place.reload = 'Restart';
    place.failures.set('HealthCheck', new TransientError('WorkspaceUnreachable', 'the engine is away'));
    expect(await visit()).to.have.property('kind', 'Retry');
    expect(status().approved?.revision).to.equal(one.revision);
    place.failures.clear();
    await visit();
    expect(effects()).to.deep.equal([
      'install 1.2.0 LeaveBehind',
      'Restart',
      'HealthCheck sh -c exit 0',
      'HealthCheck sh -c exit 0',
    ]);
    expect(status().approved?.revision).to.equal(two.revision);
    expect(outcomes(status())?.[0]).to.equal('Updated UpstreamChanged');
  });

  it('says what is not done yet', async () => {
    const { place, visit, condition } = await withUpdateWaiting();
    place.failures.set('HealthCheck', new TransientError('WorkspaceUnreachable', 'the engine is away'));
    await visit();
    expect(condition('Applied')).to.equal('False Installing');
    expect(condition('Intact')).to.equal('True DigestMatches');
    expect(condition('Reconciling')).to.equal('True Retrying');
  });

  it('gives up steps that the spec no longer asks for', async () => {
    const { world, place, visit, status, effects } = await withUpdateWaiting();
    place.failures.set('HealthCheck', new TransientError('WorkspaceUnreachable', 'the engine is away'));
    await visit();
    await world.kube.patch(WORKSPACE_PLUGIN, NAME, {
      patch: { spec: { update: { healthCheck: null } } },
      signal: new AbortController().signal,
    });
    await visit();
    expect(effects().at(-1)).to.equal('settle HealthCheck');
    expect(status().approved?.revision).to.equal(two.revision);
  });
});

describe('a restart that the Workspace no longer asks for', () => {
  async function withoutRestart(verdict?: string) {
    const stage = await withUpdateWaiting();
    const { world, place, visit } = stage;
    place.reload = 'Restart';
    place.failures.set('Restart', new TransientError('WorkspaceUnreachable', 'the engine is away'));
    await visit();
    place.failures.clear();
    if (verdict !== undefined) place.verdicts.set('HealthCheck', verdict);
    const alice = world.kube.read(WORKSPACE, { namespace: 'team', name: 'alice' });
    if (alice === undefined) throw new Error('there is no workspace');
    world.putWorkspace({ ...alice, spec: { ...alice.spec, restartPolicy: 'Never' } });
    await visit();
    return stage;
  }

  it('is given up alone: the version is approved by its health check', async () => {
    const { effects, status } = await withoutRestart();
    expect(effects().slice(-2)).to.deep.equal(['settle Restart', 'HealthCheck sh -c exit 0']);
    expect(status().approved?.revision).to.equal(two.revision);
  });

  it('leads to no approval of a version that fails its health check', async () => {
    const { status } = await withoutRestart(BAD);
    expect(status().approved?.revision).to.equal(one.revision);
    expect(status().rejected?.map(({ revision }) => revision)).to.deep.equal([two.revision]);
  });
});

describe('an object that is made again', () => {
  const LEFT = { digest: look(two).manifestDigest, reload: 'HotReload', steps: ['HealthCheck'] } as const;
  const FAILED = { ...LEFT, failed: { step: 'HealthCheck', message: BAD } } as const;

  it('is not judged by a health check that only the one before it asked for', async () => {
    const { place, source, visit, status, condition } = setUp(tracking('tag:latest'), automatic);
    source.refs.set('latest', two);
    place.plugin = look(two, { todo: FAILED });
    await visit();
    expect(place.calls.filter((call) => EFFECTS.test(call))).to.deep.equal(['settle HealthCheck']);
    expect(status().approved?.revision).to.equal(two.revision);
    expect(status().rejected ?? []).to.deep.equal([]);
    expect(condition('Ready')).to.equal('True Installed');
  });

  it('is judged by one that it asks for itself', async () => {
    const { place, source, visit, status } = setUp(tracking('tag:latest'), automatic, CHECKED);
    source.refs.set('latest', two);
    place.plugin = look(two, { todo: FAILED });
    await visit();
    expect(status().approved).to.equal(undefined);
    expect(status().rejected?.map(({ revision }) => revision)).to.deep.equal([two.revision]);
  });
});

describe('a restart after something that is approved already, or goes', () => {
  it('that fails is tried again, and lowers nothing', async () => {
    const { place, source, visit, condition, effects } = await withUpdateWaiting();
    source.refs.set('latest', one);
    place.plugin = { ...place.plugin, tampered: { count: 1, first: ['hooks/a.sh'] } };
    place.reload = 'Restart';
    place.verdicts.set('Restart', 'the engine refused it');
    expect(await visit()).to.have.property('kind', 'Retry');
    expect(condition('Ready')).to.equal('True Installed');
    expect(condition('Reconciling')).to.equal('True Retrying');
    place.verdicts.clear();
    await visit();
    expect(effects()).to.deep.equal(['install 1.1.0 CarryOver', 'Restart', 'Restart']);
    expect(condition('Reconciling')).to.equal('False Settled');
  });

  it('holds up the end of a removal', async () => {
    const { world, place, visit } = setUp((object) => deleted(object));
    place.reload = 'Restart';
    place.verdicts.set('Restart', 'the engine refused it');
    await visit();
    expect(world.kube.read(WORKSPACE_PLUGIN, NAME)?.metadata.finalizers).to.have.length(1);
    place.verdicts.clear();
    await visit();
    expect(world.kube.read(WORKSPACE_PLUGIN, NAME)).to.equal(undefined);
  });
});

describe('a restart that leaves the workspace down', () => {
  const ENDED = 'what runs in the container ended right after it was started again, with exit code 3';
  const DOWN = 'the container alice is not running: start it';

  async function down(...modifiers: Parameters<typeof withUpdateWaiting>) {
    const stage = await withUpdateWaiting(...modifiers);
    stage.place.reload = 'Restart';
    stage.place.failures.set('Restart', new TransientError('RestartFailed', ENDED));
    const outcome = await stage.visit();
    stage.place.failures.clear();
    stage.place.failures.set('reach', new TransientError('WorkspaceUnreachable', DOWN));
    await stage.visit();
    const message = (type: string) => findCondition(stage.status().conditions ?? [], type)?.message;
    return { ...stage, outcome, message };
  }

  it('is held against the revision at once, and says what comes back when', async () => {
    const { outcome, status, condition, message } = await down();
    expect(outcome).to.deep.equal({ kind: 'Settled', requeueAfterMs: 0 });
    expect(status().rejected?.[0]).to.include({ revision: two.revision, reason: 'Quarantined' });
    expect(status().approved?.revision).to.equal(one.revision);
    expect(condition('Ready')).to.equal('Unknown WorkspaceUnreachable');
    expect(message('Ready')).to.equal(
      `${DOWN}; revision ${two.revision.slice(0, 12)} was installed, and the restart failed: ${ENDED}; ` +
        `revision ${one.revision.slice(0, 12)} comes back as soon as the workspace can be reached`,
    );
  });

  it('is rolled back as soon as the workspace runs again, and is not tried again', async () => {
    const { place, visit, status, condition, effects } = await down();
    place.failures.clear();
    await visit();
    expect(effects().slice(-2)).to.deep.equal(['restore 1.1.0', 'Restart']);
    expect(condition('Ready')).to.equal('True Installed');
    expect(condition('Drifted')).to.equal('True Rejected');
    expect(outcomes(status())?.[0]).to.equal('RolledBack UpdateFailed');
    await visit();
    expect(status().approved?.revision).to.equal(one.revision);
  });

  it('stays as it is under Hold, and says so', async () => {
    const { message } = await down(holding);
    expect(message('Ready')).to.include('it stays in place by spec.update.onFailure Hold');
  });

  it('after a repair is tried again, and held against nothing', async () => {
    const { place, source, visit, status, condition } = await withUpdateWaiting();
    source.refs.set('latest', one);
    place.plugin = { ...place.plugin, tampered: { count: 1, first: ['hooks/a.sh'] } };
    place.reload = 'Restart';
    place.failures.set('Restart', new TransientError('RestartFailed', ENDED));
    expect(await visit()).to.have.property('kind', 'Retry');
    expect(status().rejected).to.equal(undefined);
    expect(condition('Reconciling')).to.equal('True Retrying');
  });
});
