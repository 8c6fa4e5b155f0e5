// Files larger than any disk, as an agent may make them in an instant: none is read, and each is found.
import { expect } from 'chai';
import type { LookedPlugin, Session } from '../../../lib/target/target.ts';
import { bundleOf } from '../../contract/bundles.ts';
import { Place } from '../../contract/place.ts';
import { soon } from '../../contract/runtime.ts';
import { newWorkspace, openDirectoryStand, openSession, type Stand } from './stand.ts';
import { install, V1, V2 } from './stories.ts';

describe('the target program where a file is huge', () => {
  let stand: Stand;
  let session: Session;
  let place: Place;

  before(async () => {
    stand = await openDirectoryStand();
  });

  beforeEach(async () => {
    const workspace = await newWorkspace(stand);
    const runtime = stand.open(workspace);
    session = openSession(runtime);
    place = new Place(runtime);
    await install(session, V1, 1);
  });

  after(async () => {
    await stand.close();
  });

  const look = async (): Promise<LookedPlugin> =>
    (await session.look({ plugin: 'demo', notOlderThan: new Date(), signal: soon() })).plugin;

  for (const mode of ['644', '755']) {
    it(`finds that a shipped file is, and mends it (${mode})`, async () => {
      await place.shell(`truncate -s 1099511627776 demo/plugin.yaml && chmod ${mode} demo/plugin.yaml`);
      expect((await look()).tampered).to.deep.equal({ count: 1, first: ['plugin.yaml'] });
      await install(session, V1, 1, { repair: true });
      const { state, manifestDigest, tampered } = await look();
      const { digest } = await bundleOf(V1);
      expect({ state, manifestDigest, tampered: tampered.count }).to.deep.equal({
        ...{ state: 'Marked', manifestDigest: digest, tampered: 0 },
      });
    });
  }

  it('keeps one that was not shipped, and goes on to update', async () => {
    await place.shell('truncate -s 1099511627776 demo/data');
    expect((await look()).untracked).to.deep.equal({ count: 1, first: ['data'] });
    await install(session, V2, 2, { repair: true });
    expect(await place.shell('stat -c %s demo/data')).to.equal(`${2 ** 40}\n`);
    expect((await look()).tampered.count).to.equal(0);
  });

  it('reads neither a ticket that is, nor what says who holds the lock', async () => {
    await place.shell('rm .controller/.ticket && truncate -s 1099511627776 .controller/.ticket');
    await install(session, V2, 2);
    await place.shell('mkdir .controller/.lock && truncate -s 1099511627776 .controller/.lock/.owner.1.1');
    await install(session, V1, 3);
    expect(await place.shell('cat demo/plugin.yaml')).to.equal(V1['plugin.yaml']);
  });
});
