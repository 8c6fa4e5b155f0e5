// Installs and updates: what a session makes of a folder, and what it leaves alone.
import { expect } from 'chai';
import { systemClock } from '../../lib/clock.ts';
import { bundleOf, revisionOf } from './bundles.ts';
import { treeOf } from './place.ts';
import {
  V1,
  V2,
  ground,
  installed,
  lookNow,
  reasonOf,
  request,
  soon,
  type SessionWorld,
} from './session-ground.ts';

export function describeChanges(world: SessionWorld): void {
  it('installs into a folder that does not exist yet, whole, marked and without residue', async () => {
    const { session, place } = await ground(world);
    const wanted = await request('demo', V1, 1);
    const change = await session.install(wanted, soon());
    expect(change).to.include({ effect: 'Installed', swapMode: undefined });
    expect(await place.content('demo')).to.deep.equal(treeOf(V1));
    const { plugin } = change.look;
    expect(plugin).to.deep.include({
      state: 'Marked',
      manifestDigest: wanted.bundle.digest,
      snapshots: [],
    });
    expect(plugin.marker).to.include({
      revision: revisionOf(1),
      digest: wanted.bundle.digest,
      url: wanted.url,
    });
    expect(Object.keys(await place.tree()).filter((path) => !path.startsWith('demo/'))).to.deep.equal([]);
  });

  it('updates by a swap and keeps the displaced tree, whole', async () => {
    const { session, place } = await installed(world);
    const change = await session.install(await request('demo', V2, 2), soon());
    expect(change).to.include({ effect: 'Installed', swapMode: world.swapMode });
    expect(await place.content('demo')).to.deep.equal(treeOf(V2));
    const [snapshot, ...others] = change.look.plugin.snapshots;
    expect(others).to.deep.equal([]);
    expect(snapshot?.marker?.revision).to.equal(revisionOf(1));
    expect(await place.content(`.previous/demo.${snapshot?.stamp ?? ''}`)).to.deep.equal(treeOf(V1));
  });

  it('keeps, and does not touch, what is there already', async () => {
    const { session, place } = await installed(world);
    await place.shell('mkdir -p demo/__pycache__ && echo x > demo/__pycache__/a.pyc');
    const before = await place.shell("find demo -exec stat -c '%i %Y %Z %n' {} + | sort");
    const change = await session.install(
      { ...(await request('demo', V1, 1)), untracked: 'CarryOver' },
      soon(),
    );
    expect(change).to.include({ effect: 'Kept', swapMode: undefined });
    expect(await place.shell("find demo -exec stat -c '%i %Y %Z %n' {} + | sort")).to.equal(before);
  });

  it('touches nothing by looking and listing', async () => {
    const { session, place } = await installed(world);
    const before = await place.prints();
    await lookNow(session);
    const { folders, swapMode } = await session.list({ notOlderThan: new Date(), signal: soon() });
    expect({ folders, swapMode }).to.deep.equal({ folders: ['demo'], swapMode: world.swapMode });
    expect(await place.prints()).to.equal(before);
  });

  it('knows the folders that a change has made and taken without another command', async () => {
    const { session, commands } = await installed(world);
    const known = async () => (await session.list({ notOlderThan: new Date(0), signal: soon() })).folders;
    const before = commands.count;
    expect(await known()).to.deep.equal(['demo']);
    await session.remove({ plugin: 'demo' }, soon());
    expect(await known()).to.deep.equal([]);
    expect(commands.count).to.equal(before + 1);
  });

  it('does not make a missing plugins folder by looking', async () => {
    const { session, place } = await ground(world);
    expect((await lookNow(session)).plugin.state).to.equal('Absent');
    expect(await place.tree()).to.deep.equal({});
  });

  it('does ten changes asked for at once in one or two commands, and one that fails leaves the others alone', async () => {
    const { session, place, commands } = await ground(world, systemClock);
    const good = await request('p', V1, 1);
    const lie = await bundleOf(V2);
    const bad = {
      ...good,
      plugin: 'bad',
      bundle: { ...lie, digest: good.bundle.digest, open: () => lie.open() },
    };
    const all = [
      ...Array.from({ length: 5 }, (_, index) => session.install({ ...good, plugin: `p${index}` }, soon())),
      session.install(bad, soon()),
      ...Array.from({ length: 4 }, (_, index) => session.install({ ...good, plugin: `q${index}` }, soon())),
    ];
    const outcomes = await Promise.all(all.map(reasonOf));
    expect(outcomes.filter((outcome) => outcome === 'no failure')).to.have.length(9);
    expect(outcomes[5]).to.equal('VerifyFailed');
    expect(commands.count).to.be.at.most(2);
    const { folders } = await session.list({ notOlderThan: new Date(), signal: soon() });
    expect(folders).to.deep.equal(['p0', 'p1', 'p2', 'p3', 'p4', 'q0', 'q1', 'q2', 'q3']);
    expect(Object.keys(await place.tree()).filter((path) => path.startsWith('.'))).to.deep.equal([]);
  });
}
