// Story: two Workspaces for the same place.
import { readFile, writeFile } from 'node:fs/promises';
import { expect } from 'chai';
import { BED_TIMEOUT_MS } from '../support/bed.ts';
import { pluginFiles } from './plugins.ts';
import { expectInstalled } from './tree.ts';
import { conditionOf, World } from './world.ts';

describe('a place that two Workspaces name', () => {
  let world: World;
  let first: string;
  let second: string;
  let url: string;

  before(async function () {
    this.timeout(BED_TIMEOUT_MS);
    world = await World.open();
    url = world.git.urlOf('skills');
    const repository = await world.git.repository('skills');
    first = await repository.release('v1', pluginFiles('1.0.0'));
    second = await repository.release('v2', pluginFiles('2.0.0'));
    await world.apply(
      await world.workspace('alice'),
      world.plugin('hers', 'alice', { url: `${url}#v1`, pluginName: 'browser' }),
    );
    await world.installed('hers', first);
    const { spec } = await world.workspace('alice');
    const { metadata, ...rest } = await world.workspace('bob');
    await world.apply(
      { ...rest, metadata, spec },
      world.plugin('his', 'bob', { url: `${url}#v2`, pluginName: 'browser' }),
    );
  });

  after(async () => world.close());

  const claim = () => readFile(world.live('alice', '.controller', '.owner'), 'utf8');

  it('is managed by the one that came first; the other is told, and its plugins too', async () => {
    const plugin = await world.condition('his', 'Stalled', 'True', 'AlreadyManaged');
    expect(conditionOf(plugin, 'Stalled')?.message).to.include(
      `managed by Workspace ${world.namespace}/alice (UID`,
    );
    const bob = await world.untilWorkspace('bob', (one) => conditionOf(one, 'Stalled')?.status === 'True');
    expect(conditionOf(bob, 'Ready')).to.include({ status: 'False', reason: 'AlreadyManaged' });
    expectInstalled(await world.tree('alice', 'browser'), pluginFiles('1.0.0'), { revision: first });
    const alice = await world.getWorkspace('alice');
    expect(await claim()).to.match(
      new RegExp(`^[-0-9a-f]{36} ${world.namespace}/alice ${alice?.metadata.uid}\n$`),
    );
  });

  it('keeps its plugin when the other is deleted', async () => {
    await world.kubectl('delete', 'wsp/his', '--timeout=30s');
    expectInstalled(await world.tree('alice', 'browser'), pluginFiles('1.0.0'), { revision: first });
    await world.apply(world.plugin('his', 'bob', { url: `${url}#v2`, pluginName: 'browser' }));
    await world.condition('his', 'Stalled', 'True', 'AlreadyManaged');
  });

  it('is taken over when the first is gone', async () => {
    await world.kubectl('delete', 'ws/alice', '--timeout=30s');
    await world.installed('his', second);
    expectInstalled(await world.tree('alice', 'browser'), pluginFiles('2.0.0'), { revision: second });
    expect(await claim()).to.include(`${world.namespace}/bob`);
  });

  it('belongs to another cluster until somebody takes its mark away', async () => {
    const file = world.live('alice', '.controller', '.owner');
    await writeFile(file, 'another-cluster far/away u-1\n');
    const plugin = await world.condition('his', 'Stalled', 'True', 'AlreadyManaged');
    expect(conditionOf(plugin, 'Stalled')?.message).to.include(`delete ${file} in it`);
    await writeFile(file, '');
    await world.installed('his', second);
  });

  it('belongs to nobody once the last of ours is gone', async () => {
    await world.edit('his', { source: { url: `${url}#v1` } });
    await world.installed('his', first);
    await world.kubectl('delete', 'wsp/his', 'wsp/hers', 'ws/bob', '--timeout=30s');
    const error = await claim().then(() => 'there is one', String);
    expect(error).to.include('ENOENT');
  });
});
