// Story: the controller itself starts, is asked how it is, ends, starts again, and survives its API server.
import { readdir } from 'node:fs/promises';
import { expect } from 'chai';
import { startControllerProcess, type ControllerProcess } from '../../support/controller-process.ts';
import { waitFor } from '../../support/wait-for.ts';
import { BED_TIMEOUT_MS } from '../support/bed.ts';
import { pluginFiles } from './plugins.ts';
import { expectInstalled } from './tree.ts';
import { World } from './world.ts';

const NAMES = Array.from({ length: 5 }, (_, index) => `p${index}`);

describe('the process', () => {
  let world: World;
  let url: string;
  let first: string;
  let process: ControllerProcess | undefined;

  before(async function () {
    this.timeout(BED_TIMEOUT_MS);
    world = await World.open({ withController: false });
    url = world.git.urlOf('skills');
    const repository = await world.git.repository('skills');
    first = await repository.release('v1', pluginFiles('1.0.0'));
  });

  after(async () => {
    await process?.stop(0);
    await world.close();
  });

  it('answers its probes and metrics, ends with code 0 while installs are under way, and goes on after a restart', async () => {
    process = await startControllerProcess([...world.flags, `--host-namespace=${world.namespace}`]);
    expect((await fetch(`${process.url}/healthz`)).status).to.equal(200);
    const { url: address } = process;
    const metrics = await waitFor('the metrics of a controller at work', async () => {
      const text = await (await fetch(`${address}/metrics`)).text();
      const counts = /^controller_runtime_reconcile_total\{.*controller="workspace-plugin".*\} \d+$/m;
      return counts.test(text) ? text : undefined;
    });
    expect(metrics).to.include('workqueue_depth').and.include('rest_client_requests_total');
    expect(metrics)
      .to.match(/^process_resident_memory_bytes \d+$/m)
      .and.match(/^process_open_fds \d+$/m);
    await world.apply(
      await world.workspace('alice'),
      ...NAMES.map((name) => world.plugin(name, 'alice', { url: `${url}#v1` })),
    );
    await waitFor('a first effect', async () => (await world.get('p0'))?.metadata.finalizers !== undefined);
    const start = performance.now();
    expect(await process.stop(30_000), process.log()).to.equal(0);
    expect(performance.now() - start).to.be.below(20_000);
    for (const name of NAMES) {
      const tree = await world.tree('alice', name);
      if (tree !== undefined) expectInstalled(tree, pluginFiles('1.0.0'), { revision: first });
    }
    await world.start();
    await Promise.all(NAMES.map((name) => world.installed(name, first)));
    const folder = world.folder('alice', 'configs', 'plugins');
    expect((await readdir(folder)).sort()).to.deep.equal(['.controller', ...NAMES]);
  });

  it('that starts again among settled objects writes nothing', async () => {
    await waitFor('the counts of the Workspace', async () => {
      return (await world.getWorkspace('alice'))?.status?.plugins?.installed === NAMES.length;
    });
    await world.stop();
    const before = await versions();
    await world.start();
    await waitFor('a few looks', () => world.tally.commandsOf('look') >= 4);
    expect(world.tally.writes).to.deep.equal([]);
    expect(world.tally.commandsOf('change')).to.equal(0);
    expect(await versions()).to.deep.equal(before);
  });

  it('goes on when the API server was restarted under it', async () => {
    await world.controlPlane.restart();
    await world.apply(world.plugin('after', 'alice', { url: `${url}#v1` }));
    await world.installed('after', first);
    await world.kubectl('delete', 'wsp', 'after', '--timeout=30s');
    expect(await world.tree('alice', 'after')).to.equal(undefined);
  });

  async function versions(): Promise<unknown> {
    const plugins = await Promise.all(NAMES.map((name) => world.get(name)));
    return [await world.getWorkspace('alice'), ...plugins].map((object) => object?.metadata.resourceVersion);
  }
});

describe('a process that cannot start', () => {
  it('says why and ends with code 2 for wrong usage', async () => {
    const start = startControllerProcess(['--directory-root=relative']);
    const said = await start.then(
      () => 'it started',
      (error: unknown) => String(error),
    );
    expect(said).to.match(/ended with exit code 2 .*--directory-root takes an absolute path/s);
  });
});
