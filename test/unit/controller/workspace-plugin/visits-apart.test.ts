import { expect } from 'chai';
import { WORKSPACE_PLUGIN } from '../../../../controller/api/group.ts';
import type { WorkspacePlugin } from '../../../../controller/api/workspace-plugin.ts';
import { PermanentError, TransientError } from '../../../../lib/errors.ts';
import { findCondition } from '../../../../lib/reconcile/conditions.ts';
import {
  commitOf,
  approving,
  deleted,
  look,
  markerOf,
  orphaning,
  paths,
  requested,
  suspended,
  tracking,
  withMetadata,
  withSource,
  withSpec,
  withStatus,
  workspace,
  workspacePlugin,
  type Modifier,
} from '../../builders.ts';
import { NAME, effects, one, setUp, two } from './set-up.ts';

describe('a visit after the status was lost', () => {
  const lose: Modifier<WorkspacePlugin> = ({ status: _, ...object }) => object;

  it('adopts what is there where the spec follows something', async () => {
    const { place, source, visit, status } = setUp(lose, tracking('branch:main'));
    source.refs.set('main', { ...two, ref: 'main' });
    place.plugin = look(one);
    await visit();
    expect(effects(place.calls)).to.deep.equal([]);
    expect(status().approved?.revision).to.equal(one.revision);
    expect(status().history?.map(({ outcome }) => outcome)).to.deep.equal(['Adopted']);
  });

  for (const pin of ['branch:main', 'main', 'tag:latest']) {
    it(`adopts it also for a pin to what moves: #${pin}`, async () => {
      const { place, source, visit, status } = setUp(lose, tracking('none', pin));
      source.refs.set('main', { ...two, ref: 'main', refKind: 'branch' });
      source.refs.set('latest', { ...two, refKind: 'tag' });
      place.plugin = look(one);
      await visit();
      await visit();
      expect(effects(place.calls)).to.deep.equal([]);
      expect(status().approved?.revision).to.equal(one.revision);
    });
  }

  it('waits where the source does not say whether a name is a tag or a branch', async () => {
    const { place, source, visit, status } = setUp(lose, tracking('none', 'main'));
    source.refs.set('main', { ...two, ref: 'main', refKind: 'branch' });
    place.plugin = look(one);
    source.down = true;
    await visit();
    expect(status().approved).to.equal(undefined);
    source.down = false;
    await visit();
    expect(effects(place.calls)).to.deep.equal([]);
    expect(status().approved?.revision).to.equal(one.revision);
  });

  for (const pin of ['v1.2.0', 'tag:v1.2.0', `sha:${commitOf(2)}`]) {
    it(`installs what the spec names where that is one thing: #${pin}`, async () => {
      const { place, visit, status } = setUp(lose, tracking('none', pin));
      place.plugin = look(one);
      await visit();
      expect(place.plugin.marker?.revision).to.equal(two.revision);
      expect(status().approved?.revision).to.equal(two.revision);
    });
  }

  it('adopts it also where nothing is named, and the default branch stands for it', async () => {
    const { place, source, visit, status } = setUp(lose, tracking('none'));
    source.refs.set('HEAD', { ...two, ref: 'HEAD' });
    place.plugin = look(one);
    await visit();
    expect(status().approved?.revision).to.equal(one.revision);
  });

  it('installs what the catalog has: it keeps nothing older to compare with', async () => {
    const { place, source, visit, status } = setUp(lose, withSource({ url: 'local://browser' }));
    source.refs.set('HEAD', { ...two, ref: two.revision });
    source.contents.delete(one.revision);
    place.plugin = { ...look(one), marker: markerOf(one, { url: 'local://browser' }) };
    await visit();
    expect(status().approved?.revision).to.equal(two.revision);
  });

  it('repairs at once what it adopts with files changed', async () => {
    const { place, source, visit } = setUp(lose, tracking('branch:main'));
    source.refs.set('main', { ...two, ref: 'main' });
    place.plugin = look(one, { tampered: paths('rules/a.md') });
    expect(await visit()).to.deep.equal({ kind: 'Settled', requeueAfterMs: 0 });
    await visit();
    expect(place.plugin).to.deep.include({ state: 'Marked', tampered: { count: 0, first: [] } });
  });
});

describe('a visit that may do nothing', () => {
  it('asks nothing of a suspended plugin, and answers a request', async () => {
    const { source, place, visit, status, condition } = setUp(suspended, requested('now'));
    expect(await visit()).to.deep.equal({ kind: 'Settled', requeueAfterMs: undefined });
    expect([...source.resolves, ...place.calls]).to.deep.equal([]);
    expect(status().lastHandledReconcileAt).to.equal('now');
    expect(condition('Ready')).to.equal('Unknown Suspended');
  });

  it('asks nothing in a suspended workspace', async () => {
    const { world, source, place, visit, condition } = setUp();
    world.putWorkspace(workspace(withSpec({ suspend: true })));
    await visit();
    expect([...source.resolves, ...place.calls]).to.deep.equal([]);
    expect(condition('Ready')).to.equal('Unknown Suspended');
  });

  it('asks nothing where an older object is in charge', async () => {
    const { world, source, place, visit, condition } = setUp();
    world.now -= 60_000;
    world.putPlugin(workspacePlugin(withMetadata({ name: 'zebra' })));
    await visit();
    expect([...source.resolves, ...place.calls]).to.deep.equal([]);
    expect(condition('Stalled')).to.equal('True Conflict');
  });

  it('takes the lesser name where two objects are of the same age', async () => {
    const { world, visit, condition } = setUp();
    world.putPlugin(workspacePlugin(withMetadata({ name: 'zebra' })));
    await visit();
    expect(condition('Stalled')).to.equal('False NotStalled');
    world.putPlugin(workspacePlugin(withMetadata({ name: 'alder' })));
    await visit();
    expect(condition('Stalled')).to.equal('True Conflict');
  });

  it('answers a request also when the source fails, and asks for the newest', async () => {
    const { world, source, visit, status } = setUp(tracking('tag:latest'), requested('now'));
    source.down = true;
    await visit();
    expect(status().lastHandledReconcileAt).to.equal('now');
    expect(source.resolves[0]?.notOlderThan.getTime()).to.equal(world.now);
  });
});

describe('a visit of an object that is being deleted', () => {
  it('removes the plugin, then lets the object go with one write', async () => {
    const { world, place, visit } = setUp(approving(one), deleted);
    place.plugin = look(one);
    expect(await visit()).to.deep.equal({ kind: 'Gone' });
    expect(effects(place.calls)).to.deep.equal(['remove', 'forget']);
    expect(world.kube.writes).to.have.length(1);
    expect(world.kube.read(WORKSPACE_PLUGIN, NAME)).to.equal(undefined);
  });

  it('keeps the object while the removal fails, and names the way out', async () => {
    const { place, visit, status } = setUp(approving(one), deleted);
    place.plugin = look(one);
    place.failures.set('remove', new TransientError('Locked', 'another command is at work'));
    expect(await visit()).to.include({ kind: 'Retry' });
    expect(findCondition(status().conditions ?? [], 'Reconciling')?.message).to.match(
      /deletionPolicy to Orphan/,
    );
  });

  for (const reason of ['InvalidSecret', 'Forbidden']) {
    it(`keeps the object while the way to its engine is lost (${reason}), looks again, and names the way out`, async () => {
      const { place, visit, status } = setUp(approving(one), deleted);
      place.failures.set('reach', new PermanentError(reason, 'the Secret cannot be had'));
      expect(await visit()).to.deep.equal({ kind: 'Settled', requeueAfterMs: 600_000 });
      const stalled = findCondition(status().conditions ?? [], 'Stalled');
      expect(stalled).to.include({ status: 'True' });
      expect(stalled?.message).to.match(/the Secret cannot be had; .* set spec\.deletionPolicy to Orphan/);
    });
  }

  it('leaves what it knew of the source as it was', async () => {
    const condition = { observedGeneration: 1, lastTransitionTime: '2026-05-08T14:00:00Z', message: 'm' };
    const drifted = { ...condition, type: 'Drifted', status: 'True', reason: 'UpdateAvailable' } as const;
    const {
      place,
      visit,
      condition: now,
    } = setUp(tracking('tag:latest'), approving(one), withStatus({ conditions: [drifted] }), deleted);
    place.failures.set('reach', new TransientError('WorkspaceUnreachable', 'it is not running'));
    await visit();
    expect(now('Drifted')).to.equal('True UpdateAvailable');
  });

  it('touches nothing under Orphan, and stops looking', async () => {
    const { world, place, visit } = setUp(approving(one), orphaning, deleted);
    place.plugin = look(one);
    await visit();
    expect(place.calls).to.deep.equal(['forget']);
    expect(world.kube.read(WORKSPACE_PLUGIN, NAME)).to.equal(undefined);
  });

  it('goes under Orphan also where the workspace is out of reach', async () => {
    const { world, place, visit } = setUp(orphaning, deleted);
    place.failures.set('reach', new TransientError('WorkspaceUnreachable', 'it is not running'));
    await visit();
    expect(world.kube.read(WORKSPACE_PLUGIN, NAME)).to.equal(undefined);
  });
});
