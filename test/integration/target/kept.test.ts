// What cannot be deleted, as it is somebody else's: it is told of, and no look takes it for something to go on with.
import { chown, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Runtime } from '../../../lib/runtimes/runtime.ts';
import type { Session } from '../../../lib/target/target.ts';
import { Place, treeOf } from '../../contract/place.ts';
import { soon } from '../../contract/runtime.ts';
import { newWorkspace, openDirectoryStand, openSession, owner, type Stand } from './stand.ts';
import { install, V1, V2 } from './stories.ts';

const LEFT = 'find .staging -name f';

describe('the target program where somebody else has left files in a plugin', () => {
  let stand: Stand;
  let plugins: string;
  let session: Session;
  let place: Place;
  let commands: number;

  before(async () => {
    stand = await openDirectoryStand();
  });

  beforeEach(async () => {
    commands = 0;
    const workspace = await newWorkspace(stand);
    const runtime = stand.open(workspace);
    plugins = join(workspace, 'plugins');
    session = openSession(counted(runtime));
    place = new Place(runtime);
    await install(session, V1, 1);
  });

  after(async () => {
    await stand.close();
  });

  function counted(runtime: Runtime): Runtime {
    return {
      ...{ kind: runtime.kind, pluginsPath: runtime.pluginsPath, restarts: runtime.restarts },
      restart: (signal) => runtime.restart(signal),
      probe: (signal) => runtime.probe(signal),
      run: (command) => {
        commands += 1;
        return runtime.run(command);
      },
    };
  }

  /** As a process in the workspace that runs as root makes them. */
  async function leave(folder: string): Promise<void> {
    await mkdir(join(plugins, folder, 'data'));
    await writeFile(join(plugins, folder, 'data', 'f'), 'x');
  }

  async function expectQuietLook(state: string): Promise<void> {
    const [before, start] = [await place.prints(), commands];
    const { plugin } = await session.look({ plugin: 'demo', notOlderThan: new Date(), signal: soon() });
    expect(plugin.state).to.equal(state);
    expect(commands - start).to.equal(1);
    expect(await place.prints()).to.equal(before);
  }

  it('removes all the rest, tells where they are, and touches nothing afterwards', async () => {
    await leave('demo');
    const { uncleaned } = await session.remove({ plugin: 'demo' }, soon());
    expect(uncleaned).to.have.length(1);
    expect(uncleaned[0]).to.match(/plugins\/\.staging\/\.trash\.kept\..*demo cannot be deleted: .*data\/f/);
    await expectQuietLook('Absent');
    expect(await place.shell(LEFT)).to.match(/^\.staging\/\.trash\.kept\.[^/]*\/data\/f\n$/);
  });

  it('updates the plugin, and tells of them once the snapshot with them goes', async () => {
    await leave('demo');
    await install(session, V2, 2);
    expect(await install(session, V1, 3)).to.have.nested.property('uncleaned.length', 1);
    expect(await place.content('demo')).to.deep.equal(treeOf(V1));
    await expectQuietLook('Marked');
  });

  it('deletes them with a later change, once that is possible', async () => {
    await leave('demo');
    await session.remove({ plugin: 'demo' }, soon());
    const kept = (await place.shell('echo .staging/.trash.kept.*/data')).trim();
    await install(session, V1, 5);
    expect(await place.shell(LEFT)).to.equal(`${kept}/f\n`);
    await chown(join(plugins, kept), owner.uid, owner.gid);
    expect(await session.remove({ plugin: 'demo' }, soon())).to.deep.include({ uncleaned: [] });
    expect(Object.keys(await place.tree('.staging'))).to.deep.equal([]);
  });
});
