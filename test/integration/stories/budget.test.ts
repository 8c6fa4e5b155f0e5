// Story: a controller that has nothing to do does nothing, and what it does costs little.
import { writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { WORKSPACE } from '../../../controller/api/group.ts';
import type { Manifest } from '../../support/manifests.ts';
import { waitFor } from '../../support/wait-for.ts';
import { BED_TIMEOUT_MS } from '../support/bed.ts';
import { pluginFiles } from './plugins.ts';
import { World } from './world.ts';
import { countWrites } from './writes.ts';

const NAMES = Array.from({ length: 10 }, (_, index) => `p${index}`);

describe('the budget', () => {
  let world: World;
  let url: string;
  let first: string;

  before(async function () {
    this.timeout(BED_TIMEOUT_MS);
    world = await World.open();
    url = world.git.urlOf('skills');
    const repository = await world.git.repository('skills');
    first = await repository.release('v1.0.0', pluginFiles('1.0.0'));
  });

  after(async () => world.close());

  it('of a first install is two writes, of an automatic update one, of idling none', async () => {
    const writes = (): Promise<number> => countWrites(world.controlPlane, 'workspaceplugins');
    const automatic = { track: 'tag:latest', update: { approval: 'Automatic' } };
    await world.apply(await world.workspace('solo'));
    const start = await writes();
    await world.apply(world.plugin('solo', 'solo', automatic));
    await world.installed('solo', first);
    const looked = world.tally.commandsOf('look');
    await waitFor('a few looks', () => world.tally.commandsOf('look') >= looked + 3);
    const installed = await writes();
    expect(installed - start, 'with that of kubectl').to.be.at.most(1 + 2);
    const repository = await world.git.repository('skills');
    const second = await repository.release('v1.1.0', pluginFiles('1.1.0'));
    await world.installed('solo', second);
    await waitFor('a few looks', () => world.tally.commandsOf('look') >= looked + 7);
    expect((await writes()) - installed).to.equal(1);
    await repository.deleteRef('refs/tags/v1.1.0');
    await world.edit('solo', { suspend: true });
  });

  it('of ten plugins that change at once is two commands, right after kubectl apply too', async () => {
    await world.apply(await world.workspace('crowd'));
    await apply('v1.0.0');
    await Promise.all(NAMES.map((name) => world.installed(name, first)));
    expect(changes(), 'for the first install').to.be.at.most(2);
    const before = changes();
    const repository = await world.git.repository('skills');
    const second = await repository.release('v2.0.0', pluginFiles('2.0.0'));
    await apply('v2.0.0');
    await Promise.all(NAMES.map((name) => world.installed(name, second)));
    expect(changes() - before, 'for the update').to.be.at.most(2);
  });

  it('of ten plugins that were meddled with at once is two commands', async () => {
    const before = changes();
    // Suspended meanwhile, so that no look comes in between.
    await world.patch(WORKSPACE, 'crowd', { spec: { suspend: true } });
    await Promise.all(NAMES.map((name) => world.condition(name, 'Reconciling', 'False', 'Suspended')));
    await Promise.all(
      NAMES.map((name) => writeFile(world.live('crowd', name, 'plugin.yaml'), 'name: evil\n')),
    );
    await world.patch(WORKSPACE, 'crowd', { spec: { suspend: false } });
    await Promise.all(
      NAMES.map((name) =>
        world.until(name, 'repaired', ({ status }) => status?.history?.[0]?.outcome === 'Repaired'),
      ),
    );
    await world.ready(...NAMES);
    expect(changes() - before).to.be.at.most(2);
  });

  it('of ten idle plugins is one command and one question upstream an interval, and no write', async () => {
    await Promise.all(
      NAMES.map((name) =>
        world.edit(name, { track: 'tag:latest', integrity: { interval: '2s' }, source: { interval: '2s' } }),
      ),
    );
    await Promise.all(NAMES.map((name) => world.condition(name, 'Drifted', 'False', 'UpToDate')));
    await waitFor('the counts of the Workspace', async () => {
      const { status } = (await world.getWorkspace('crowd')) ?? {};
      return status?.plugins?.installed === NAMES.length && status.plugins.drifted === 0;
    });
    const writes = await writesBefore();
    const versions = await resourceVersions();
    const [looks, questions, start] = [
      world.tally.commandsOf('look'),
      world.git.requests.lsRefs,
      performance.now(),
    ];
    await waitFor('four looks', () => world.tally.commandsOf('look') >= looks + 4);
    const intervals = (performance.now() - start) / 2_000;
    expect(world.tally.commandsOf('look') - looks, 'looks').to.be.at.most(Math.ceil(intervals / 0.95) + 1);
    expect(world.git.requests.lsRefs - questions, 'questions').to.be.at.most(Math.ceil(intervals / 0.9) + 1);
    expect(await resourceVersions()).to.deep.equal(versions);
    expect(world.tally.writes.slice(writes)).to.deep.equal([]);
  });

  async function apply(tag: string): Promise<void> {
    const manifests: Manifest[] = NAMES.map((name) => world.plugin(name, 'crowd', { url: `${url}#${tag}` }));
    await world.apply(...manifests);
  }

  /** Events about what was done before may come some seconds later, one by one. */
  async function writesBefore(): Promise<number> {
    const { writes } = world.tally;
    let before: number;
    do {
      before = writes.length;
      await delay(3_000);
    } while (writes.length > before);
    return writes.length;
  }

  function changes(): number {
    return world.tally.commandsOf('change', world.folder('crowd'));
  }

  async function resourceVersions(): Promise<unknown> {
    const workspace = await world.getWorkspace('crowd');
    const plugins = await Promise.all(NAMES.map((name) => world.get(name)));
    return [workspace, ...plugins].map((object) => object?.metadata.resourceVersion);
  }
});
