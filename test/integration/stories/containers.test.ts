// Story: the agents live in Docker containers, which come, go, and lack things.
import { chmod, mkdir } from 'node:fs/promises';
import { expect } from 'chai';
import type { Workspace } from '../../../controller/api/workspace.ts';
import { waitFor } from '../../support/wait-for.ts';
import { BED_TIMEOUT_MS } from '../support/bed.ts';
import { containerOf, containerWorkspace, docker } from './docker.ts';
import { pluginFiles } from './plugins.ts';
import { expectInstalled } from './tree.ts';
import { conditionOf, World } from './world.ts';

const MODES = { busybox: 'Rename', debian: 'Exchange' } as const;

const instanceOf = ({ status }: Workspace): string | undefined => status?.runtime?.instance;

describe('a container', () => {
  let world: World;
  let url: string;
  let first: string;
  let second: string;

  before(async function () {
    this.timeout(BED_TIMEOUT_MS);
    const { host } = await docker();
    world = await World.open({ flags: [`--docker-host=${host}`] });
    url = world.git.urlOf('skills');
    const repository = await world.git.repository('skills');
    first = await repository.release('v1', pluginFiles('1.0.0'));
    second = await repository.release('v2', pluginFiles('2.0.0'));
  });

  after(async () => world.close());

  for (const [image, swapMode] of Object.entries(MODES) as ['busybox' | 'debian', string][]) {
    it(`with ${image} gets a plugin, its update by ${swapMode}, its repair and its removal`, async () => {
      await world.apply(
        await containerWorkspace(world, image, { image }),
        world.plugin(image, image, { url: `${url}#v1` }),
      );
      await world.installed(image, first);
      expectInstalled(await world.tree(image, image), pluginFiles('1.0.0'), { revision: first });
      await world.edit(image, { source: { url: `${url}#v2` } });
      await world.installed(image, second);
      expectInstalled(await world.tree(image, image), pluginFiles('2.0.0'), { revision: second });
      await chmod(world.live(image, image, 'skills/browse/run.sh'), 0o644);
      await waitFor('the repair', async () => {
        expectInstalled(await world.tree(image, image), pluginFiles('2.0.0'), { revision: second });
        return true;
      });
      const { status } = await world.untilWorkspace(
        image,
        (one) => one.status?.runtime?.swapMode !== undefined,
      );
      expect(status?.runtime).to.include({ kind: 'docker', swapMode });
      await world.kubectl('delete', `wsp/${image}`, `ws/${image}`, '--timeout=30s');
      expect(await world.tree(image, image)).to.equal(undefined);
    });
  }

  it('is not looked into again after the restart that a first install needs', async () => {
    const names = ['one', 'two', 'three', 'four'];
    const options = { url: `${url}#v1`, integrity: { interval: '10m' } };
    await world.apply(await containerWorkspace(world, 'calm', { image: 'debian' }));
    const before = await world.untilWorkspace('calm', (one) => instanceOf(one) !== undefined);
    await world.apply(...names.map((name) => world.plugin(name, 'calm', options)));
    await Promise.all(names.map((name) => world.installed(name, first)));
    // What the engine has told of the restart was followed by then, and so were the changes of all plugins.
    await world.untilWorkspace(
      'calm',
      (one) => instanceOf(one) !== instanceOf(before) && one.status?.plugins?.installed === names.length,
    );
    const kinds = world.tally.commands
      .filter(({ place }) => place === containerOf(world, 'calm'))
      .map(({ kind }) => kind);
    expect(kinds.join(' ')).to.match(/^(look )+(change ){1,3}change$/);
  });

  it('that is not there, or stopped, is waited for; one that is gone for good does not block a deletion', async () => {
    const ghost = await containerWorkspace(world, 'ghost', { image: 'busybox' });
    const container = containerOf(world, 'ghost');
    const engine = await docker();
    await engine.act(container, 'stop');
    await world.apply(ghost, world.plugin('ghost', 'ghost', { url: `${url}#v1` }));
    const stopped = await world.condition('ghost', 'Ready', 'Unknown', 'WorkspaceUnreachable');
    expect(conditionOf(stopped, 'Ready')?.message).to.equal(
      `the container ${container} is not running: start it`,
    );
    const workspace = await world.untilWorkspace(
      'ghost',
      (one) => conditionOf(one, 'Ready')?.status === 'Unknown',
    );
    expect(conditionOf(workspace, 'Ready')?.reason).to.equal('WorkspaceUnreachable');
    await engine.act(container, 'start');
    await world.installed('ghost', first);
    await engine.remove(container);
    await world.until('ghost', 'the missing container', (plugin) =>
      (conditionOf(plugin, 'Ready')?.message ?? '').includes(`there is no container ${container}`),
    );
    await world.kubectl('delete', 'wsp/ghost', 'ws/ghost', '--timeout=30s');
  });

  it('whose plugin folder is a mount point cannot be managed, and says what to mount instead', async () => {
    const mounted = world.folder('mounted-elsewhere');
    await mkdir(mounted, { recursive: true });
    await world.apply(
      await containerWorkspace(world, 'mounted', {
        image: 'busybox',
        binds: [`${mounted}:/configs/plugins/mounted`],
      }),
      world.plugin('mounted', 'mounted', { url: `${url}#v1` }),
    );
    const plugin = await world.condition('mounted', 'Stalled', 'True', 'MountPoint');
    expect(conditionOf(plugin, 'Stalled')?.message).to.include('mount its parent instead');
    expect(conditionOf(plugin, 'Applied')).to.include({ status: 'False', reason: 'InstallFailed' });
  });

  it('that is one of several with the labels asked for is not chosen, until it is the only one', async () => {
    const engine = await docker();
    const labels = { 'example.com/agent': world.namespace };
    const manifest = await containerWorkspace(world, 'twin', { image: 'busybox', labels });
    const other = `${world.namespace}-other`;
    await engine.run(other, 'busybox', { labels });
    const runtime = { docker: { selector: { matchLabels: labels } } };
    await world.apply({ ...manifest, spec: { runtime } }, world.plugin('twin', 'twin', { url: `${url}#v1` }));
    await world.condition('twin', 'Stalled', 'True', 'AmbiguousSelector');
    await engine.remove(other);
    await world.installed('twin', first);
    expectInstalled(await world.tree('twin', 'twin'), pluginFiles('1.0.0'), { revision: first });
  });
});
