// Claims: of two objects that want to manage the same workspace, one does.
import { expect } from 'chai';
import { systemClock } from '../../lib/clock.ts';
import { PermanentError } from '../../lib/errors.ts';
import { silentLogger } from '../../lib/logger.ts';
import type { Claim } from '../../lib/target/claim.ts';
import { createSession } from '../../lib/target/session.ts';
import type { Session } from '../../lib/target/target.ts';
import { Place, treeOf } from './place.ts';
import { V1, V2, lookNow, reasonOf, request, soon, type SessionWorld } from './session-ground.ts';

const ALICE: Claim = { cluster: 'c-1', object: 'team/alice', uid: 'u-1' };
const BOB: Claim = { cluster: 'c-1', object: 'team/bob', uid: 'u-2' };
const FAR: Claim = { cluster: 'c-2', object: 'team/alice', uid: 'u-3' };
const OWNER = '.controller/.owner';

export function describeClaims(world: SessionWorld): void {
  async function two(first: Claim, second: Claim) {
    const place = new Place(await world.open());
    const gone = new Set<string>();
    const sessionOf = (claim: Claim): Session => {
      const isGone = (other: Claim) => Promise.resolve(gone.has(other.uid));
      const epoch = { since: 1_000, transitions: 1 };
      const { runtime } = place;
      const parts = { runtime, epoch: () => epoch, clock: systemClock, logger: silentLogger };
      return createSession({ ...parts, claimant: { claim, isGone } });
    };
    return { place, gone, first: sessionOf(first), second: sessionOf(second) };
  }

  it('records who manages a workspace with the first change, and not with a look', async () => {
    const { place, first, second } = await two(ALICE, BOB);
    await Promise.all([lookNow(first), lookNow(second)]);
    await place.shell(`! ls -A . | grep .`);
    await first.install(await request('demo', V1, 1), soon());
    expect(await place.shell(`cat ${OWNER}`)).to.equal('c-1 team/alice u-1\n');
  });

  it('lets another neither look nor change, and names who manages the workspace', async () => {
    const { place, first, second } = await two(ALICE, BOB);
    await first.install(await request('demo', V1, 1), soon());
    const before = await place.prints();
    const refusal = await lookNow(second).catch((error: unknown) => error);
    expect(refusal).to.be.instanceOf(PermanentError).and.include({ reason: 'AlreadyManaged' });
    expect(String(refusal)).to.include('Workspace team/alice (UID u-1): delete one of the two');
    expect(await reasonOf(second.install(await request('demo', V2, 2), soon()))).to.equal('AlreadyManaged');
    await second.release(soon());
    expect(await place.prints()).to.equal(before);
  });

  it('lets one take over from an object that is gone', async () => {
    const { place, gone, first, second } = await two(ALICE, BOB);
    await first.install(await request('demo', V1, 1), soon());
    gone.add(ALICE.uid);
    expect((await lookNow(second)).plugin.state).to.equal('Marked');
    expect(await place.shell(`cat ${OWNER}`)).to.equal('c-1 team/alice u-1\n');
    await second.install(await request('demo', V2, 2), soon());
    expect(await place.shell(`cat ${OWNER}`)).to.equal('c-1 team/bob u-2\n');
    expect(await reasonOf(lookNow(first))).to.equal('AlreadyManaged');
  });

  it('leaves the workspace of another cluster alone, and says how it is taken over', async () => {
    const { place, gone, first, second } = await two(FAR, ALICE);
    await first.install(await request('demo', V1, 1), soon());
    gone.add(FAR.uid);
    const refusal = await lookNow(second).catch((error: unknown) => error);
    const file = `${place.runtime.pluginsPath}/${OWNER}`;
    expect(String(refusal)).to.include(`another cluster (c-2): to take it over, delete ${file} in it`);
    await place.shell(`rm ${OWNER}`);
    await second.install(await request('demo', V2, 2), soon());
    expect(await place.content('demo')).to.deep.equal(treeOf(V2));
  });

  it('lets go of a workspace once nothing of ours is left in it', async () => {
    const { place, first, second } = await two(ALICE, BOB);
    await first.release(soon());
    await place.shell(`! ls -A . | grep . && mkdir theirs`);
    await first.install(await request('demo', V1, 1), soon());
    await first.release(soon());
    expect(await place.shell(`cat ${OWNER}`)).to.equal('c-1 team/alice u-1\n');
    await first.remove({ plugin: 'demo' }, soon());
    await first.release(soon());
    expect((await lookNow(second)).plugin.state).to.equal('Absent');
    expect((await place.shell(`ls -A . .controller`)).split('\n').sort().join(' ').trim()).to.equal(
      '.: .controller .controller: .ticket theirs',
    );
  });

  for (const [what, script] of [
    ['a symlink', `ln -s ../../canary ${OWNER}`],
    ['words of another form', `echo '$(id) a/b c' > ${OWNER}`],
    ['a claim with further words', `echo 'c-9 says that a/b u-9' > ${OWNER}`],
    ['a claim with a longer name', `echo 'c-9 a/b/c u-9' > ${OWNER}`],
    ['more than a claim', `{ echo 'c-9 a/b u-9'; head -c 5000 /dev/zero; } > ${OWNER}`],
    ['a FIFO', `mkfifo ${OWNER}`],
    ['a folder', `mkdir -p ${OWNER}/x`],
  ] as const) {
    it(`takes ${what} in its place for no claim, and puts its own there`, async () => {
      const { place, first } = await two(ALICE, BOB);
      await place.shell(`mkdir -p .controller && echo 'c-9 a/b u-9' > ../canary && ${script}`);
      expect((await lookNow(first)).plugin.state).to.equal('Absent');
      await first.install(await request('demo', V1, 1), soon());
      expect(await place.shell(`cat ${OWNER} ../canary`)).to.equal('c-1 team/alice u-1\nc-9 a/b u-9\n');
      await place.shell('rm -f ../canary');
    });
  }
}
