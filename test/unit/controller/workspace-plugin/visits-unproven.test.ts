// Stories of a restart whose outcome nobody has recorded: what runs since shows whether the version works.
import { expect } from 'chai';
import { WORKSPACE } from '../../../../controller/api/group.ts';
import { TransientError } from '../../../../lib/errors.ts';
import { one, two } from './set-up.ts';
import { BAD, outcomes, withUpdateWaiting } from './trial.ts';

const ENDED = new TransientError('RestartFailed', 'it ended again');

/** The version leaves the workspace down, the API server takes no status that says so, and then somebody starts it again. */
async function withLostVerdict() {
  const stage = await withUpdateWaiting();
  const { world, place, visit } = stage;
  place.reload = 'Restart';
  place.failures.set('Restart', ENDED);
  world.kube.intercept = ({ subresource }) => {
    if (subresource === 'status') throw new TransientError('APIUnavailable', 'cut off');
  };
  await visit().catch(() => undefined);
  world.kube.intercept = () => undefined;
  place.failures.clear();
  place.failures.set('reach', new TransientError('WorkspaceUnreachable', 'it is not running'));
  await visit();
  place.failures.clear();
  const { todo } = place.plugin;
  if (todo === undefined) throw new Error('nothing is due');
  place.plugin = { ...place.plugin, todo: { ...todo, isStarted: true } };
  place.calls.length = 0;
  return stage;
}

describe('a restart whose outcome is not on record', () => {
  it('counts as failed where what runs ends again, and the version before comes back', async () => {
    const { place, visit, status, effects } = await withLostVerdict();
    place.failures.set('Proof', ENDED);
    await visit();
    expect(status().rejected?.map(({ revision, message }) => [revision, message])).to.deep.equal([
      [two.revision, 'the restart failed: it ended again'],
    ]);
    await visit();
    expect(effects()).to.deep.equal(['Proof', 'restore 1.1.0', 'Restart']);
    expect(status().approved?.revision).to.equal(one.revision);
  });

  it('counts as done where what runs stays up, which is not restarted again', async () => {
    const { visit, status, effects } = await withLostVerdict();
    await visit();
    expect(effects()).to.deep.equal(['Proof', 'HealthCheck sh -c exit 0']);
    expect(status().approved?.revision).to.equal(two.revision);
    expect(outcomes(status())?.[0]).to.equal('Updated UpstreamChanged');
  });

  it('stays open while the workspace cannot be asked', async () => {
    const { place, visit, status } = await withLostVerdict();
    place.failures.set('Proof', new TransientError('WorkspaceUnreachable', 'the engine is away'));
    expect(await visit()).to.have.property('kind', 'Retry');
    expect([status().approved?.revision, status().rejected]).to.deep.equal([one.revision, undefined]);
  });

  it('does not matter where the Workspace says Never, but the health check does', async () => {
    const { world, place, visit, status, effects } = await withLostVerdict();
    const alice = world.kube.read(WORKSPACE, { namespace: 'team', name: 'alice' });
    if (alice !== undefined)
      world.putWorkspace({ ...alice, spec: { ...alice.spec, restartPolicy: 'Never' } });
    place.verdicts.set('HealthCheck', BAD);
    await visit();
    expect(effects()).to.deep.equal(['settle Restart', 'HealthCheck sh -c exit 0']);
    expect(status().rejected).to.have.length(1);
  });
});
