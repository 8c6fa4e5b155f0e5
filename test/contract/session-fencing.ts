// Fencing and recovery: tickets, and what a change left that was cut short.
import { expect } from 'chai';
import { treeOf } from './place.ts';
import {
  V2,
  V3,
  installed,
  lookNow,
  newSession,
  reasonOf,
  request,
  soon,
  type SessionWorld,
} from './session-ground.ts';

export function describeFencing(world: SessionWorld): void {
  it('refuses a change with a ticket older than one that has been there', async () => {
    const { place } = await installed(world);
    const older = newSession(place.runtime, { since: 999, transitions: 9 });
    const before = await place.tree();
    expect(await reasonOf(older.install(await request('demo', V2, 2), soon()))).to.equal('StaleTicket');
    expect(await place.tree()).to.deep.equal(before);
  });

  it('puts its ticket in the place of a newer one when it leads all the same, once', async () => {
    const { session, place } = await installed(world);
    let leads = true;
    const leader = newSession(place.runtime, { since: 999, transitions: 9 }, () => Promise.resolve(leads));
    expect((await leader.install(await request('demo', V2, 2), soon())).effect).to.equal('Installed');
    expect(await place.shell('cat .controller/.ticket')).to.match(/^999 9 \d+\n$/);
    leads = false;
    await session.install(await request('demo', V3, 3), soon());
    expect(await reasonOf(leader.install(await request('demo', V2, 2), soon()))).to.equal('StaleTicket');
    expect(await place.content('demo')).to.deep.equal(treeOf(V3));
  });

  it('finishes, before it answers a look, what a change left that was cut short', async () => {
    const { session, place } = await installed(world);
    await session.install(await request('demo', V2, 2), soon());
    await place.shell(
      'mkdir .staging && mv demo .staging/demo.20990101T000000Z && cd .staging/demo.* && sed -i \'s/"stamp":"[^"]*"/"stamp":"20990101T000000Z"/\' .complete && mkdir ../other.20990101T000000Z && touch ../other.20990101T000000Z/.staging',
    );
    const { plugin } = await lookNow(session);
    expect(plugin).to.include({ state: 'Marked' });
    expect(await place.content('demo')).to.deep.equal(treeOf(V2));
    expect(Object.keys(await place.tree('.staging'))).to.deep.equal([]);
  });

  it('prunes, before it answers a look, what a change that was killed after its swap kept too many', async () => {
    const { session, place } = await installed(world);
    await session.install(await request('demo', V2, 2), soon());
    await place.shell(
      `echo "0 $(sha256sum demo/.manifest | cut -c-64) HotReload 0 0 b0 1" > .controller/.todo-demo &&
      echo "$(id)" > .controller/.todo-other`,
    );
    const { plugin } = await lookNow(session);
    expect(plugin).to.include({ state: 'Marked' });
    expect(plugin.snapshots).to.deep.equal([]);
    expect(await place.shell('ls -A .controller')).to.not.include('todo');
  });
}
