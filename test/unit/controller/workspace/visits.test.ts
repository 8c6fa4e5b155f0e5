import { expect } from 'chai';
import { WORKSPACE } from '../../../../controller/api/group.ts';
import type { WorkspacePlugin } from '../../../../controller/api/workspace-plugin.ts';
import type { Workspace } from '../../../../controller/api/workspace.ts';
import { createWorkspaceReconciler } from '../../../../controller/workspace/reconciler.ts';
import { PermanentError, TransientError } from '../../../../lib/errors.ts';
import { findCondition } from '../../../../lib/reconcile/conditions.ts';
import {
  approving,
  candidate,
  deleted,
  held,
  requested,
  withMetadata,
  withSpec,
  withStatus,
  workspace,
  workspacePlugin,
  type Modifier,
} from '../../builders.ts';
import { World } from '../world.ts';

const NAME = { namespace: 'team', name: 'alice' };
const SIGNAL = new AbortController().signal;
const unreachable = new TransientError('WorkspaceUnreachable', 'container alice is not running: start it');

function setUp(...modifiers: Modifier<Workspace>[]) {
  const world = new World();
  const reconciler = createWorkspaceReconciler(world.tools());
  const { uid } = world.putWorkspace(workspace(...modifiers)).metadata;
  const status = () => world.kube.read(WORKSPACE, NAME)?.status ?? {};
  return {
    world,
    uid,
    place: world.place,
    status,
    visit: () => reconciler.reconcile(NAME, SIGNAL),
    condition: (type: string) => {
      const found = findCondition(status().conditions ?? [], type);
      return found === undefined ? undefined : `${found.status} ${found.reason}`;
    },
  };
}

describe('a visit of a Workspace', () => {
  it('holds it, says how it is reached, and then writes nothing more', async () => {
    const { world, visit, status, condition } = setUp();
    await visit();
    expect(world.kube.writes.map(({ subresource }) => subresource)).to.deep.equal([undefined, 'status']);
    expect(status().runtime).to.deep.equal({ kind: 'docker', swapMode: 'Exchange', instance: 'run-1' });
    expect(condition('Ready')).to.equal('True Reachable');
    world.kube.calls.length = 0;
    world.now += 30_000;
    await visit();
    expect(world.kube.writes).to.deep.equal([]);
    expect(world.events).to.deep.equal(['Normal Reachable']);
  });

  it('comes back within a few percent of half a minute', async () => {
    expect(await setUp().visit()).to.deep.equal({ kind: 'Settled', requeueAfterMs: 30_000 });
  });

  it('counts its plugins and names the folders that nobody declares', async () => {
    const { world, place, visit, status } = setUp();
    const conditions = ['Applied', 'Drifted'].map((type) => ({
      ...{ type, status: 'True' as const, reason: 'Any', message: '' },
      ...{ observedGeneration: 1, lastTransitionTime: '2026-05-08T14:00:00Z' },
    }));
    world.putPlugin(workspacePlugin(approving(candidate(1)), withStatus({ conditions })));
    world.putPlugin(workspacePlugin(withMetadata({ name: 'other' }), withSpec({ pluginName: 'search' })));
    world.putPlugin(
      workspacePlugin(withMetadata({ name: 'far' }), withSpec({ workspaceRef: { name: 'bob' } })),
    );
    const foreign = Array.from({ length: 25 }, (_, index) => `f${index + 10}`);
    place.folders = ['browser', ...foreign, 'search'];
    await visit();
    expect(status().plugins).to.deep.equal({ declared: 2, installed: 1, drifted: 1 });
    expect(status().unmanaged).to.deep.equal(foreign.slice(0, 20));
  });

  it('has what its plugins are about to look at looked at with its folders', async () => {
    const { world, place, visit } = setUp();
    const declare = (name: string, ...modifiers: Modifier<WorkspacePlugin>[]) =>
      world.putPlugin(workspacePlugin(withMetadata({ name }), withSpec({ pluginName: name }), ...modifiers));
    declare('search');
    declare('browser');
    declare('quiet', withSpec({ suspend: true }));
    declare('gone', deleted);
    declare('far', withSpec({ workspaceRef: { name: 'bob' } }));
    await visit();
    expect(place.beside).to.deep.equal(['browser', 'search']);
  });

  it('says once that it is out of reach, keeps what it knew, and asks less and less', async () => {
    const { world, place, visit, status, condition } = setUp();
    await visit();
    place.failures.set('reach', unreachable);
    const waits: number[] = [];
    for (let visits = 0; visits < 8; visits += 1) {
      const outcome = await visit();
      if (outcome.kind !== 'Retry') continue;
      waits.push(outcome.afterMs);
      world.now += outcome.afterMs;
    }
    expect(waits[0]).to.equal(750);
    expect(waits).to.deep.equal(waits.toSorted((a, b) => a - b));
    expect(waits.at(-1)).to.be.at.most(30_000);
    expect(condition('Ready')).to.equal('Unknown WorkspaceUnreachable');
    expect(status().runtime?.instance).to.equal('run-1');
    expect(world.events).to.deep.equal(['Normal Reachable', 'Warning WorkspaceUnreachable']);
  });

  it('stalls where a person must act, and looks again nevertheless', async () => {
    const { place, visit, condition } = setUp();
    place.failures.set('list', new PermanentError('TargetToolMissing', 'there is no sha256sum: install it'));
    expect(await visit()).to.include({ kind: 'Settled', requeueAfterMs: 30_000 });
    expect(condition('Stalled')).to.equal('True TargetToolMissing');
    expect(condition('Ready')).to.equal('False TargetToolMissing');
  });

  it('answers a request, also while it is out of reach', async () => {
    const { place, visit, status } = setUp(requested('now'));
    place.failures.set('reach', unreachable);
    await visit();
    expect(status().lastHandledReconcileAt).to.equal('now');
  });

  it('does nothing in a suspended one', async () => {
    const { place, visit, condition } = setUp(withSpec({ suspend: true }));
    expect(await visit()).to.deep.equal({ kind: 'Settled', requeueAfterMs: undefined });
    expect(place.calls).to.deep.equal([]);
    expect(condition('Ready')).to.equal('Unknown Suspended');
  });
});

describe('a visit of a Workspace that is being deleted', () => {
  it('keeps it until its plugins have cleaned up', async () => {
    const { world, visit, condition, place, uid } = setUp(deleted);
    world.putPlugin(workspacePlugin(deleted));
    await visit();
    expect(condition('Ready')).to.equal('False Deleting');
    expect(world.kube.read(WORKSPACE, NAME)).to.not.equal(undefined);
    expect(place.calls).to.not.include(`drop ${uid}`);
  });

  it('waits a moment for plugins that are deleted right after it, then lets it go and forgets its session', async () => {
    const { world, visit, place, uid } = setUp(deleted);
    world.putPlugin(workspacePlugin(held));
    expect(await visit()).to.deep.equal({ kind: 'Settled', requeueAfterMs: 5_000 });
    expect(world.kube.read(WORKSPACE, NAME)).to.not.equal(undefined);
    world.now += 6_000;
    expect(await visit()).to.deep.equal({ kind: 'Gone' });
    expect(world.kube.read(WORKSPACE, NAME)).to.equal(undefined);
    expect(place.calls).to.deep.equal(['release', `drop ${uid}`]);
  });

  it('goes at once where no plugin would have to clean up', async () => {
    const { world, visit } = setUp(deleted);
    world.putPlugin(workspacePlugin());
    expect(await visit()).to.deep.equal({ kind: 'Gone' });
    expect(world.kube.read(WORKSPACE, NAME)).to.equal(undefined);
  });

  it('leaves the finalizers of others', async () => {
    const { world, visit } = setUp(
      deleted,
      withMetadata({ finalizers: ['other.example/finalizer', 'plugins.molecule.ai/finalizer'] }),
    );
    await visit();
    expect(world.kube.read(WORKSPACE, NAME)?.metadata.finalizers).to.deep.equal(['other.example/finalizer']);
  });

  it('goes also when it is out of reach or managed by another', async () => {
    for (const error of [
      unreachable,
      new PermanentError('AlreadyManaged', 'managed by Workspace team/bob'),
    ]) {
      const { world, visit, place } = setUp(deleted);
      place.failures.set('release', error);
      expect(await visit()).to.deep.equal({ kind: 'Gone' });
      expect(world.kube.read(WORKSPACE, NAME)).to.equal(undefined);
    }
  });
});
