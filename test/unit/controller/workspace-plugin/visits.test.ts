import { expect } from 'chai';
import { PermanentError, TransientError } from '../../../../lib/errors.ts';
import {
  approving,
  automatic,
  candidate,
  look,
  paths,
  snapshotOf,
  tracking,
  withSpec,
} from '../../builders.ts';
import { effects, one, setUp, two } from './set-up.ts';

describe('a visit that installs', () => {
  it('puts the finalizer before the first effect and needs two writes', async () => {
    const { world, place, visit } = setUp();
    await visit();
    expect(place.writesBeforeEffect).to.equal(1);
    expect(world.kube.writes.map(({ subresource }) => subresource)).to.deep.equal([undefined, 'status']);
    expect(place.plugin.marker?.revision).to.equal(one.revision);
  });

  it('says so once, and writes nothing more while all stays as it is', async () => {
    const { world, visit, condition } = setUp();
    await visit();
    world.kube.calls.length = 0;
    for (let visits = 0; visits < 3; visits += 1) {
      world.now += 600_000;
      await visit();
    }
    expect(world.kube.writes).to.deep.equal([]);
    expect(world.events).to.deep.equal(['Normal Installed']);
    expect(condition('Ready')).to.equal('True Installed');
  });

  it('asks the source once for what the spec names', async () => {
    const { source, visit } = setUp(tracking('branch:main'));
    source.refs.set('main', { ...one, ref: 'main' });
    await visit();
    expect(source.resolves).to.have.length(1);
  });

  it('asks nothing of a source for what is approved and not tracked', async () => {
    const { world, source, visit } = setUp();
    await visit();
    source.resolves.length = 0;
    world.now += 36_000_000;
    await visit();
    expect(source.resolves).to.deep.equal([]);
  });

  it('asks anew for a ref that a person names before it is known, and only then', async () => {
    const { source, visit, condition } = setUp(tracking('none', 'v9'));
    await visit();
    expect(source.resolves.map(({ notOlderThan }) => notOlderThan.toISOString())).to.have.length(2);
    expect(source.resolves[1]?.notOlderThan.toISOString()).to.equal('2026-05-08T14:15:00.000Z');
    expect(condition('SourceReady')).to.equal('False RefNotFound');
    expect(condition('Ready')).to.equal('False SourceUnavailable');
  });

  it('does not claim content that differs from what was approved', async () => {
    const { source, place, visit, condition } = setUp(approving(one));
    source.contents.set(one.revision, { ...one, digest: two.digest });
    await visit();
    expect(effects(place.calls)).to.deep.equal([]);
    expect(condition('Stalled')).to.equal('True InvalidContent');
  });

  it('says which Workspace is missing and waits for it', async () => {
    const { visit, condition } = setUp(withSpec({ workspaceRef: { name: 'bob' } }));
    expect(await visit()).to.deep.equal({ kind: 'Stalled' });
    expect(condition('Stalled')).to.equal('True WorkspaceNotFound');
    expect(condition('Ready')).to.equal('Unknown WorkspaceUnreachable');
  });

  it('says what is wrong with a URL or a track that means nothing', async () => {
    const { visit, condition } = setUp(tracking('semver:>=x.y <'));
    await visit();
    expect(condition('SourceReady')).to.equal('False InvalidTrack');
    expect(condition('Stalled')).to.equal('True InvalidTrack');
  });
});

describe('a visit that restores', () => {
  const withSnapshot = look(two, { snapshots: [snapshotOf(one)] });

  it('swaps a kept version back in without any transfer', async () => {
    const { place, visit } = setUp();
    place.plugin = withSnapshot;
    await visit();
    expect(effects(place.calls)).to.deep.equal(['restore 1.1.0']);
  });

  it('sends the content where the kept version does not verify', async () => {
    const { place, visit } = setUp();
    place.plugin = withSnapshot;
    place.failures.set('restore', new TransientError('SnapshotUnusable', 'a file was changed'));
    await visit();
    expect(effects(place.calls)).to.deep.equal(['restore 1.1.0', 'install 1.1.0 LeaveBehind']);
  });

  it('does not send anything after a restore that failed for another reason', async () => {
    const { place, visit } = setUp();
    place.plugin = withSnapshot;
    place.failures.set('restore', new TransientError('NoSpace', 'the disk is full'));
    await visit();
    expect(effects(place.calls)).to.deep.equal(['restore 1.1.0']);
  });

  it('repairs from a kept version while the source is down, under the version it had', async () => {
    const { place, source, visit, condition } = setUp(approving(one));
    place.plugin = look(undefined, { snapshots: [snapshotOf(one)] });
    source.down = true;
    await visit();
    expect(effects(place.calls)).to.deep.equal(['restore 1.1.0']);
    expect(condition('Ready')).to.equal('True Installed');
  });
});

describe('a visit that updates or repairs', () => {
  it('updates with one write and one event', async () => {
    const { world, source, place, visit, status } = setUp(tracking('tag:latest'), automatic);
    source.refs.set('latest', one);
    await visit();
    world.kube.calls.length = 0;
    source.refs.set('latest', two);
    await visit();
    expect(place.plugin.marker?.revision).to.equal(two.revision);
    expect(world.kube.writes).to.have.length(1);
    expect(world.events).to.deep.equal(['Normal Installed', 'Normal Updated']);
    expect(status().available).to.include({ revision: two.revision, ref: 'v1.2.0' });
    expect(status().previous?.map(({ revision }) => revision)).to.deep.equal([one.revision]);
  });

  it('takes no notice of a push that does not change the content, not even in the status', async () => {
    const { world, source, place, visit } = setUp(tracking('branch:main'), automatic);
    source.has({ ...one, ref: 'main' });
    await visit();
    world.kube.calls.length = 0;
    source.has(candidate(3, { ref: 'main', digest: one.digest }));
    await visit();
    expect(world.kube.writes).to.deep.equal([]);
    expect(effects(place.calls)).to.deep.equal(['install 1.1.0 LeaveBehind']);
  });

  it('goes from the pinned revision to the tracked one at once', async () => {
    const { source, visit } = setUp(tracking('tag:latest', 'v1.1.0'), automatic);
    source.refs.set('latest', two);
    expect(await visit()).to.deep.equal({ kind: 'Settled', requeueAfterMs: 0 });
  });

  it('repairs with files carried over, and comes back with nothing to write', async () => {
    const { world, place, visit } = setUp();
    await visit();
    place.plugin = { ...place.plugin, tampered: paths('rules/a.md') };
    await visit();
    world.kube.calls.length = 0;
    await visit();
    expect(place.calls).to.include('install 1.1.0 CarryOver');
    expect(world.events).to.deep.equal(['Normal Installed', 'Normal Repaired']);
    expect(world.kube.writes).to.deep.equal([]);
  });

  it('tells a failed update once, keeps the old one ready, and waits longer each time', async () => {
    const { world, place, source, visit, status, condition } = setUp(tracking('tag:latest'), automatic);
    source.refs.set('latest', one);
    await visit();
    source.refs.set('latest', two);
    place.failures.set('install', new TransientError('NoSpace', 'the disk is full: make room'));
    const waits: number[] = [];
    for (let visits = 0; visits < 8; visits += 1) {
      const outcome = await visit();
      if (outcome.kind === 'Retry') waits.push(outcome.afterMs);
      world.now += 60_000;
    }
    expect(waits.map((ms) => ms / 750)).to.deep.equal([30, 60, 120, 240, 480, 600, 600, 600]);
    expect(condition('Ready')).to.equal('True Installed');
    expect(condition('Drifted')).to.equal('True UpdateApproved');
    expect(status().history?.map(({ outcome }) => outcome)).to.deep.equal(['Failed', 'Installed']);
    expect(world.events).to.have.length(2);
  });

  it('keeps a permanent failure to one entry and one event', async () => {
    const { world, place, visit, status, condition } = setUp();
    place.failures.set(
      'install',
      new PermanentError('NotWritable', 'the folder is read-only: mount it otherwise'),
    );
    for (let visits = 0; visits < 3; visits += 1) await visit();
    expect(status().history).to.have.length(1);
    expect(world.events).to.deep.equal(['Warning NotWritable']);
    expect(condition('Stalled')).to.equal('True NotWritable');
    expect(condition('Ready')).to.equal('False InstallFailed');
  });
});
