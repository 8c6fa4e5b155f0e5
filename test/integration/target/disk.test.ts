// A disk that is full, or that may not be written: a typed refusal, and the plugin that was there stays as it was.
import { chmod, chown, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Session } from '../../../lib/target/target.ts';
import { bundleOf, revisionOf, type Files } from '../../contract/bundles.ts';
import { Place, treeOf } from '../../contract/place.ts';
import { failureOf, soon } from '../../contract/runtime.ts';
import { mountSmall, type Mount } from './mount.ts';
import { openDirectoryStand, openSession, owner, type Stand } from './stand.ts';
import { install, V1, V2 } from './stories.ts';

const SIZE_KIB = 512;
/** Twice what fits. */
const HUGE: Files = { 'plugin.yaml': 'version: 9\n', huge: Buffer.alloc(2 * SIZE_KIB * 1024, 'x') };

describe('the target program where a disk cannot take it', () => {
  let stand: Stand;
  let mount: Mount;
  let session: Session;
  let place: Place;
  let count = 0;

  before(async () => {
    stand = await openDirectoryStand();
  });

  beforeEach(async () => {
    count += 1;
    const workspace = join(stand.folder, `${count}`);
    mount = await mountSmall(workspace, SIZE_KIB);
    await chown(workspace, owner.uid, owner.gid);
    const runtime = stand.open(workspace);
    session = openSession(runtime);
    place = new Place(runtime);
    await install(session, V1, 1);
  });

  afterEach(async () => {
    await mount.close();
  });

  after(async () => {
    await stand.close();
  });

  const look = async (): Promise<string> => {
    const { plugin } = await session.look({ plugin: 'demo', notOlderThan: new Date(), signal: soon() });
    return `${plugin.state} ${plugin.manifestDigest ?? ''}`;
  };

  it('refuses an update that does not fit, and leaves no trace of it', async () => {
    const before = await place.tree();
    const failure = await failureOf(install(session, HUGE, 9));
    expect(failure).to.include({ name: 'TransientError', reason: 'NoSpace' });
    expect(await place.tree()).to.deep.equal(before);
    await install(session, V2, 2);
    expect(await place.content('demo')).to.deep.equal(treeOf(V2));
  });

  it('lets the one that fits in beside the one that does not', async () => {
    const [huge, small] = await Promise.allSettled([
      install(session, HUGE, 9),
      install(session, V2, 2, { plugin: 'other' }),
    ]);
    expect(huge).to.have.nested.property('reason.reason', 'NoSpace');
    expect(small.status).to.equal('fulfilled');
    expect(await place.content('demo')).to.deep.equal(treeOf(V1));
    expect(await place.content('other')).to.deep.equal(treeOf(V2));
  });

  it('changes nothing where not a byte is left, can still look, and goes on when there is room', async () => {
    const hog = join(mount.path, 'hog');
    await fill(hog);
    const before = await place.tree('demo');
    const failure = await failureOf(install(session, V2, 2));
    expect(failure).to.include({ name: 'TransientError', reason: 'NoSpace' });
    expect(await look()).to.equal(`Marked ${(await bundleOf(V1, { revision: revisionOf(1) })).digest}`);
    expect(await place.tree('demo')).to.deep.equal(before);
    await rm(hog);
    await install(session, V2, 2);
    expect(await place.content('demo')).to.deep.equal(treeOf(V2));
    expect(Object.keys(await place.tree('.staging'))).to.deep.equal([]);
  });

  it('refuses a change on a disk that is read-only, and can still look', async () => {
    const before = await place.prints();
    await mount.remount('ro');
    const failures = [
      await failureOf(install(session, V2, 2)),
      await failureOf(session.remove({ plugin: 'demo' }, soon())),
    ];
    for (const failure of failures) expect(failure).to.include({ reason: 'NotWritable' });
    expect(await look()).to.match(/^Marked sha256:/);
    expect(await place.prints()).to.equal(before);
    await mount.remount('rw');
    await install(session, V2, 2);
    expect(await place.content('demo')).to.deep.equal(treeOf(V2));
  });

  for (const [what, below] of [
    ['the plugins folder', 'plugins'],
    ['the folder that it would be made in', '.'],
  ] as const) {
    it(`refuses a change where ${what} is somebody else's`, async () => {
      const folder = join(mount.path, 'foreign');
      await mkdir(join(folder, below), { recursive: true });
      await chmod(folder, 0o755);
      const foreign = openSession(stand.open(folder));
      expect(await failureOf(install(foreign, V1, 1))).to.include({
        name: 'PermanentError',
        reason: 'NotWritable',
      });
    });
  }
});

/** Takes all the room there is, down to the last byte. */
async function fill(path: string): Promise<void> {
  const chunk = Buffer.alloc(4096, 'x');
  for (;;) {
    try {
      await writeFile(path, chunk, { flag: 'a' });
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') return;
      throw error;
    }
  }
}
