// Strangers: what a session makes of a live folder that it did not install.
import { expect } from 'chai';
import { treeOf } from './place.ts';
import {
  V1,
  V2,
  V3,
  ground,
  installed,
  lookNow,
  request,
  soon,
  type SessionWorld,
} from './session-ground.ts';

export function describeStrangers(world: SessionWorld): void {
  it('adopts in place an unmarked folder that has exactly the wanted files', async () => {
    const { session, place } = await installed(world);
    await place.shell('rm demo/.complete demo/.manifest && echo x > demo/data.txt');
    const inode = await place.shell('stat -c %i demo');
    const change = await session.install(await request('demo', V1, 1), soon());
    expect(change).to.include({ effect: 'Adopted', swapMode: undefined });
    expect(await place.shell('stat -c %i demo')).to.equal(inode);
    expect(await place.content('demo')).to.deep.equal({ ...treeOf({ ...V1, 'data.txt': 'x\n' }) });
    expect(change.look.plugin.snapshots).to.deep.equal([]);
  });

  it('replaces what was not ours, and never prunes it', async () => {
    const { session, place } = await ground(world);
    await place.shell('mkdir -p demo && echo mine > demo/mine.txt');
    for (const [seed, files] of [V1, V2, V3].entries()) {
      await session.install({ ...(await request('demo', files, seed + 1)), previousLimit: 0 }, soon());
    }
    expect(await place.content('demo')).to.deep.equal(treeOf(V3));
    const { snapshots } = (await lookNow(session)).plugin;
    expect(snapshots.map(({ marker, digest }) => ({ marker, digest }))).to.deep.equal([
      { marker: undefined, digest: undefined },
    ]);
    expect(await place.shell('cat .previous/demo.*/mine.txt')).to.equal('mine\n');
  });

  it('replaces a symlink or a file where the folder should be, without following it', async () => {
    const { session, place } = await ground(world);
    await place.shell('mkdir .canary && echo x > .canary/x && ln -s .canary demo && echo f > file');
    expect((await lookNow(session)).plugin.state).to.equal('Foreign');
    await session.install(await request('demo', V1, 1), soon());
    await session.install(await request('file', V1, 1), soon());
    expect(await place.content('demo')).to.deep.equal(treeOf(V1));
    expect(await place.content('file')).to.deep.equal(treeOf(V1));
    expect(await place.tree('.canary')).to.deep.equal(treeOf({ x: 'x\n' }));
    expect(Object.values(await place.tree('.previous'))).to.include('link');
  });
}
