// Story: somebody deletes what was declared, in whatever order and state things are.
import { readdir, rename, rm } from 'node:fs/promises';
import { expect } from 'chai';
import { WORKSPACE, WORKSPACE_PLUGIN } from '../../../controller/api/group.ts';
import { waitFor } from '../../support/wait-for.ts';
import { BED_TIMEOUT_MS } from '../support/bed.ts';
import { pluginFiles, writeFiles } from './plugins.ts';
import { expectInstalled } from './tree.ts';
import { conditionOf, World } from './world.ts';

describe('a deletion', () => {
  let world: World;
  let url: string;
  let first: string;
  let second: string;

  before(async function () {
    this.timeout(BED_TIMEOUT_MS);
    world = await World.open();
    url = world.git.urlOf('skills');
    const repository = await world.git.repository('skills');
    first = await repository.release('v1', pluginFiles('1.0.0'));
    second = await repository.release('v2', pluginFiles('2.0.0'));
  });

  after(async () => world.close());

  /** A workspace with one plugin, both of the same name. */
  async function installed(name: string, options: object = {}): Promise<void> {
    await world.apply(
      await world.workspace(name),
      world.plugin(name, name, { url: `${url}#v1`, ...options }),
    );
    await world.installed(name, first);
  }

  async function gone(name: string): Promise<void> {
    await waitFor(`${name} to be gone`, async () => (await world.get(name)) === undefined);
  }

  it('takes the plugin and its snapshots out of the workspace, and leaves the rest', async () => {
    await installed('alice');
    await world.edit('alice', { source: { url: `${url}#v2` } });
    await world.installed('alice', second);
    await writeFiles(world.folder('alice', 'configs', 'plugins'), { 'theirs/plugin.yaml': 'name: theirs\n' });
    await world.kubectl('delete', 'wsp', 'alice', '--timeout=30s');
    expect(await world.tree('alice', 'alice')).to.equal(undefined);
    const left = await readdir(world.folder('alice', 'configs', 'plugins'));
    expect(left.sort()).to.deep.equal(['.controller', 'theirs']);
  });

  it('leaves the plugin where it is with deletionPolicy Orphan', async () => {
    await installed('orphan', { deletionPolicy: 'Orphan' });
    await world.kubectl('delete', 'wsp', 'orphan', '--timeout=30s');
    expectInstalled(await world.tree('orphan', 'orphan'), pluginFiles('1.0.0'), { revision: first });
  });

  it('cleans up although it is suspended', async () => {
    await installed('asleep', { suspend: false });
    await world.edit('asleep', { suspend: true });
    await world.condition('asleep', 'Reconciling', 'False', 'Suspended');
    await world.kubectl('delete', 'wsp', 'asleep', '--timeout=30s');
    expect(await world.tree('asleep', 'asleep')).to.equal(undefined);
  });

  it('waits for a workspace that cannot be reached, and names the way out', async () => {
    await installed('away');
    await rename(world.folder('away'), world.folder('elsewhere'));
    await world.kubectl('delete', 'wsp', 'away', '--wait=false');
    const plugin = await waitFor('the way out', async () => {
      const found = await world.get('away');
      return conditionOf(found, 'Ready')?.message.includes('spec.deletionPolicy to Orphan') === true && found;
    });
    expect(conditionOf(plugin, 'Ready')).to.include({ status: 'Unknown', reason: 'WorkspaceUnreachable' });
    await world.edit('away', { deletionPolicy: 'Orphan' });
    await gone('away');
    await rename(world.folder('elsewhere'), world.folder('away'));
    expectInstalled(await world.tree('away', 'away'), pluginFiles('1.0.0'), { revision: first });
  });

  it('of an object whose record was lost waits for the workspace too, and asks no source', async () => {
    await installed('amnesia');
    await world.stop();
    await rename(world.folder('amnesia'), world.folder('dreaming'));
    await world.editStatus('amnesia', null);
    await world.kubectl('delete', 'wsp', 'amnesia', '--wait=false');
    await world.start();
    const plugin = await world.condition('amnesia', 'Ready', 'Unknown', 'WorkspaceUnreachable');
    expect(conditionOf(plugin, 'SourceReady')).to.include({ status: 'Unknown', reason: 'NotAsked' });
    await rename(world.folder('dreaming'), world.folder('amnesia'));
    await gone('amnesia');
    expect(await world.tree('amnesia', 'amnesia')).to.equal(undefined);
  });

  it('goes on by itself when the workspace is back', async () => {
    await installed('back');
    await rename(world.folder('back'), world.folder('hidden'));
    await world.kubectl('delete', 'wsp', 'back', '--wait=false');
    await waitFor('the deletion to wait', async () => {
      return conditionOf(await world.get('back'), 'Ready')?.reason === 'WorkspaceUnreachable';
    });
    await rename(world.folder('hidden'), world.folder('back'));
    await gone('back');
    expect(await world.tree('back', 'back')).to.equal(undefined);
  });

  it('of the Workspace waits for plugins that are deleted with it', async () => {
    await installed('both');
    await world.kubectl('delete', 'ws/both', 'wsp/both', '--timeout=30s');
    expect(await world.tree('both', 'both')).to.equal(undefined);
  });

  it('of the Workspace alone leaves its plugin to say that it is missing, and to be deleted without it', async () => {
    await installed('alone');
    await world.kubectl('delete', 'ws', 'alone', '--timeout=30s');
    await world.condition('alone', 'Stalled', 'True', 'WorkspaceNotFound');
    await world.kubectl('delete', 'wsp', 'alone', '--timeout=30s');
    expectInstalled(await world.tree('alone', 'alone'), pluginFiles('1.0.0'), { revision: first });
  });

  it('of everything that a folder of manifests declares ends', async () => {
    const names = ['one', 'two', 'three'];
    await world.apply(
      await world.workspace('many'),
      ...names.map((name) => world.plugin(name, 'many', { url: `${url}#v1` })),
    );
    await Promise.all(names.map((name) => world.installed(name, first)));
    const args = ['delete', 'ws/many', ...names.map((name) => `wsp/${name}`), '--timeout=30s'];
    await world.kubectl(...args);
    expect(await readdir(world.folder('many', 'configs', 'plugins'))).to.deep.equal(['.controller']);
    expect(await world.find(WORKSPACE, 'many')).to.equal(undefined);
    expect(await world.find(WORKSPACE_PLUGIN, 'one')).to.equal(undefined);
    await rm(world.folder('many'), { recursive: true });
  });
});
