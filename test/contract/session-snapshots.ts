// Snapshots: how many are kept, how one is restored, and what a removal takes along.
import { expect } from 'chai';
import { bundleOf, revisionOf, type Files } from './bundles.ts';
import { treeOf } from './place.ts';
import { V1, V2, V3, installed, reasonOf, request, soon, type SessionWorld } from './session-ground.ts';

export function describeSnapshots(world: SessionWorld): void {
  it('keeps as many snapshots as asked for, and none of what is live', async () => {
    const { session } = await installed(world);
    const stampsAfter = async (files: Files, seed: number, previousLimit: number): Promise<string[]> => {
      const change = await session.install(
        { ...(await request('demo', files, seed)), previousLimit },
        soon(),
      );
      return change.look.plugin.snapshots.map(({ marker }) => marker?.revision ?? 'foreign');
    };
    expect(await stampsAfter(V2, 2, 2)).to.deep.equal([revisionOf(1)]);
    expect(await stampsAfter(V3, 3, 2)).to.deep.equal([revisionOf(1), revisionOf(2)]);
    expect(await stampsAfter(V1, 4, 1)).to.deep.equal([revisionOf(3)]);
    expect(await stampsAfter(V2, 5, 0)).to.deep.equal([]);
  });

  it('restores a snapshot without any transfer', async () => {
    const { session, place } = await installed(world);
    await session.install(await request('demo', V2, 2), soon());
    const { digest } = (await request('demo', V1, 1)).bundle;
    const wanted = {
      plugin: 'demo',
      digest,
      revision: revisionOf(7),
      version: '1',
      url: 'local://demo',
      previousLimit: 1,
    };
    const change = await session.restore(wanted, soon());
    expect(change).to.include({ effect: 'Restored', swapMode: world.swapMode });
    expect(await place.content('demo')).to.deep.equal(treeOf(V1));
    expect(change.look.plugin.marker).to.include({ revision: revisionOf(7), url: 'local://demo' });
    expect(change.look.plugin.snapshots.map(({ marker }) => marker?.revision)).to.deep.equal([revisionOf(2)]);
  });

  it('refuses to restore a snapshot that was tampered with, or is not there, and changes nothing', async () => {
    const { session, place } = await installed(world);
    await session.install(await request('demo', V2, 2), soon());
    const wanted = {
      plugin: 'demo',
      revision: revisionOf(1),
      version: '1',
      url: 'local://demo',
      previousLimit: 1,
    };
    const [one, three] = await Promise.all([bundleOf(V1), bundleOf(V3)]);
    await place.shell('cd .previous/demo.* && echo x > plugin.yaml');
    const before = await place.tree();
    expect(await reasonOf(session.restore({ ...wanted, digest: one.digest }, soon()))).to.equal(
      'SnapshotUnusable',
    );
    expect(await reasonOf(session.restore({ ...wanted, digest: three.digest }, soon()))).to.equal(
      'SnapshotUnusable',
    );
    expect(await place.tree()).to.deep.equal(before);
  });

  it('removes the live folder and its own snapshots, but none of others', async () => {
    const { session, place } = await installed(world);
    await session.install(await request('demo', V2, 2), soon());
    await session.install(await request('demo.x', V1, 1), soon());
    await session.install(await request('demo.x', V2, 2), soon());
    await place.shell(
      'mkdir .previous/demo.20200101T000000Z && echo x > .previous/demo.20200101T000000Z/theirs',
    );
    expect(await session.remove({ plugin: 'demo' }, soon())).to.include({ effect: 'Removed' });
    const roots = new Set(Object.keys(await place.tree()).map((path) => path.replace(/\/[^/]*$/, '')));
    expect([...roots].filter((root) => /(^|\/)demo(\.2|\/|$)/.test(root))).to.deep.equal([
      '.previous/demo.20200101T000000Z',
    ]);
    expect(await place.content('demo.x')).to.deep.equal(treeOf(V2));
    expect(await session.remove({ plugin: 'demo' }, soon())).to.include({ effect: 'Removed' });
  });
}
