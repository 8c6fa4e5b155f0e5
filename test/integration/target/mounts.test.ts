// What is mounted below a folder of ours is somebody else's: no change takes it along, and nothing of it is ever deleted.
import { chown, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Session } from '../../../lib/target/target.ts';
import { bundleOf, revisionOf } from '../../contract/bundles.ts';
import { Place, treeOf } from '../../contract/place.ts';
import { failureOf, soon } from '../../contract/runtime.ts';
import { mountSmall, type Mount } from './mount.ts';
import { newWorkspace, openDirectoryStand, openSession, owner, type Stand } from './stand.ts';
import { install, V1, V2 } from './stories.ts';

const SLOT = '20260101T000000Z';

describe('the target program where something is mounted', () => {
  let stand: Stand;
  let plugins: string;
  let session: Session;
  let place: Place;
  let mount: Mount;

  before(async () => {
    stand = await openDirectoryStand();
  });

  beforeEach(async () => {
    const workspace = await newWorkspace(stand);
    const runtime = stand.open(workspace);
    plugins = join(workspace, 'plugins');
    session = openSession(runtime);
    place = new Place(runtime);
    await install(session, V1, 1);
    await install(session, V2, 2);
  });

  afterEach(async () => {
    try {
      expect(await readFile(join(mount.path, 'canary'), 'utf8')).to.equal('mine');
    } finally {
      await mount.close();
    }
  });

  after(async () => {
    await stand.close();
  });

  /** With a file of the owner's, who could delete it. */
  async function mountAt(path: string): Promise<void> {
    mount = await mountSmall(join(plugins, path), 64);
    await chown(mount.path, owner.uid, owner.gid);
    await writeFile(join(mount.path, 'canary'), 'mine');
    await chown(join(mount.path, 'canary'), owner.uid, owner.gid);
  }

  const look = async (): Promise<string> =>
    (await session.look({ plugin: 'demo', notOlderThan: new Date(), signal: soon() })).plugin.state;

  async function restore(): Promise<unknown> {
    const { digest } = await bundleOf(V1);
    const [revision, version] = [revisionOf(1), '1'];
    const wanted = { plugin: 'demo', digest, revision, version, url: 'local://demo', previousLimit: 1 };
    return session.restore(wanted, soon());
  }

  it('refuses to change a plugin that something is mounted below, and says where', async () => {
    await mountAt('demo/data');
    const before = await place.tree();
    const changes = [
      async () => install(session, V1, 3),
      async () => install(session, V2, 2, { repair: true }),
      restore,
      async () => session.remove({ plugin: 'demo' }, soon()),
    ];
    for (const change of changes) {
      const failure = await failureOf(change());
      expect(failure).to.include({ name: 'PermanentError', reason: 'MountPoint' });
      expect(failure.message).to.include('something is mounted below demo, at demo/data,');
    }
    expect(await look()).to.equal('MountPoint');
    expect(await place.tree()).to.deep.equal(before);
  });

  it('leaves a snapshot alone that something is mounted in, and tells of it when the plugin goes', async () => {
    const snapshot = (await place.shell('echo .previous/demo.*')).trim();
    await mountAt(join(snapshot, 'data'));
    await install(session, V1, 3);
    await install(session, V2, 4);
    expect(await place.content('demo')).to.deep.equal(treeOf(V2));
    const { uncleaned } = await session.remove({ plugin: 'demo' }, soon());
    expect(uncleaned.join('\n')).to.include(`/${snapshot} cannot be deleted: something is mounted in it`);
  });

  it('deletes nothing of what is mounted in a tree that is only to be deleted', async () => {
    await place.shell('mkdir -p .staging/.trash.1 .staging/.trash.2/x');
    await mountAt('.staging/.trash.1/data');
    await install(session, V1, 3);
    expect(await place.shell('ls -A .staging')).to.equal('.trash.kept.1\n');
    await place.shell('mv .staging/.trash.kept.1 .staging/.trash.1');
  });

  it('deletes nothing of it when it goes on with what was killed while it cleared the live folder', async () => {
    await place.shell(`mkdir -p .staging .previous && cp -a demo .previous/demo.${SLOT} &&
      cp -a demo .staging/demo.${SLOT} && rm demo/.complete &&
      sed -i 's/"stamp":"[^"]*"/"stamp":"${SLOT}"/' .staging/demo.${SLOT}/.complete &&
      echo demo.${SLOT} > .controller/.adopting`);
    await mountAt('demo/data');
    expect(await look()).to.equal('MountPoint');
  });
});
