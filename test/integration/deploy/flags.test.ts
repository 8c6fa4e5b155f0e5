// What flags permit and choose, seen from outside on a controller that is started with them.
import { mkdir, readdir } from 'node:fs/promises';
import { expect } from 'chai';
import { startControllerProcess, type ControllerProcess } from '../../support/controller-process.ts';
import { pluginManifest, workspaceManifest } from '../../support/manifests.ts';
import { BED_TIMEOUT_MS, bed } from '../support/bed.ts';
import { kubectl } from '../support/kubectl.ts';
import { pluginFiles, writeFiles } from '../stories/plugins.ts';
import { conditionOf, World } from '../stories/world.ts';

const GRACE_MS = 20_000;

describe('flags', () => {
  let world: World;
  /** Watched, but no host namespace. */
  let guest: string;
  /** Not watched. */
  let stranger: string;
  let controller: ControllerProcess | undefined;

  before(async function () {
    this.timeout(BED_TIMEOUT_MS);
    world = await World.open({ withController: false });
    [guest, stranger] = [await (await bed()).namespace(), await (await bed()).namespace()];
    const repository = await world.git.repository('skills');
    await repository.tag('v1', await repository.commit(pluginFiles('1.0.0')));
    const byName = await world.git.repository('acme/skills');
    await byName.tag('v1', await byName.commit(pluginFiles('1.0.0')));
    await writeFiles(`${world.catalog}/browser`, { 'rules/style.md': 'Be brief.\n' });
    await declare();
    controller = await startControllerProcess([
      ...world.flags,
      `--host-namespace=${world.namespace}`,
      `--namespace=${guest}`,
      `--source-host=${new URL(world.git.url).hostname}`,
      `--github-base-url=${world.git.url}`,
      '--concurrency=7',
      '--log-level=debug',
    ]);
    await world.ready('pinned');
  });

  after(async () => {
    await controller?.stop(0);
    await world.close();
  });

  async function declare(): Promise<void> {
    await mkdir(world.folder('guest'), { recursive: true });
    const elsewhere = { runtime: { directory: { path: '/opt' } } };
    const foreign = { runtime: { directory: { path: world.folder('guest') } } };
    const git = world.git.root;
    await world.apply(
      await world.workspace('alice'),
      workspaceManifest(elsewhere, { name: 'elsewhere', namespace: world.namespace }),
      workspaceManifest(foreign, { name: 'alice', namespace: guest }),
      workspaceManifest(foreign, { name: 'alice', namespace: stranger }),
      pluginManifest({ source: { url: 'local://browser' } }, { name: 'browser', namespace: guest }),
      pluginManifest({ source: { url: 'local://browser' } }, { name: 'browser', namespace: stranger }),
      world.plugin('pinned', 'alice', { url: `file://${git}/skills#v1` }),
      world.plugin('outside', 'alice', { url: 'file:///opt/skills#v1' }),
      world.plugin('unpinned', 'alice', { url: `file://${git}/skills` }),
      world.plugin('cataloged', 'alice', { url: 'local://browser' }),
      world.plugin('foreign', 'alice', { url: 'https://git.example.org/acme/skills#v1' }),
      world.plugin('named', 'alice', { url: 'github://acme/skills#v1' }),
    );
  }

  async function stalled(kind: string, name: string, namespace = world.namespace): Promise<string> {
    const plane = world.controlPlane;
    await kubectl(plane, [
      '-n',
      namespace,
      'wait',
      '--for=condition=Stalled',
      '--timeout=30s',
      `${kind}/${name}`,
    ]);
    const reason = '{.status.conditions[?(@.type=="Stalled")].reason}';
    return kubectl(plane, ['-n', namespace, 'get', kind, name, '-o', `jsonpath=${reason}`]);
  }

  it('--namespace: others are left alone', async () => {
    const args = ['-n', stranger, 'get', 'ws,wsp', '-o', 'jsonpath={.items[*].status.observedGeneration}'];
    expect(await kubectl(world.controlPlane, args)).to.equal('-1 -1');
  });

  it('--host-namespace: Workspaces of others reach no directory', async () => {
    expect(await stalled('ws', 'alice', guest)).to.equal('RuntimeNotPermitted');
    expect(await stalled('wsp', 'browser', guest)).to.equal('RuntimeNotPermitted');
    expect(await readdir(world.folder('guest'))).to.deep.equal([]);
  });

  it('--directory-root: a directory elsewhere is refused', async () => {
    expect(await stalled('ws', 'elsewhere')).to.equal('RuntimeNotPermitted');
  });

  it('--file-source-root: a repository elsewhere is refused, one below is installed', async () => {
    expect(await stalled('wsp', 'outside')).to.equal('NotPermitted');
    expect(await world.tree('alice', 'pinned')).to.include.keys('plugin.yaml');
  });

  it('--source-host: a repository on another host is refused, and not asked', async () => {
    expect(await stalled('wsp', 'foreign')).to.equal('NotPermitted');
    const message = conditionOf(await world.get('foreign'), 'Stalled')?.message;
    expect(message).to.include('is on git.example.org:443, which this controller may not ask');
  });

  it('--github-base-url: github:// is there', async () => {
    await world.ready('named');
    expect(await world.tree('alice', 'named')).to.include.keys('plugin.yaml');
  });

  it('--local-catalog: its folders are sources', async () => {
    await world.ready('cataloged');
    expect(await world.tree('alice', 'cataloged')).to.include.keys('rules/style.md');
  });

  it('--cache-dir: holds what was fetched', async () => {
    expect(await readdir(world.cacheDir)).to.not.be.empty;
  });

  it('--concurrency and --metrics-address: are what the metrics say, where they are', async () => {
    const text = await (await fetch(`${controller?.url ?? ''}/metrics`)).text();
    expect(text).to.match(/controller_runtime_max_concurrent_reconciles\{[^}]*\} 7\n/);
  });

  it('--log-level: debug tells of each visit', () => {
    expect(controller?.log()).to.match(/"level":20,.*"msg":"visited"/);
  });

  it('--allow-unpinned: without it a source must name a revision, with it the default branch is taken', async () => {
    expect(await stalled('wsp', 'unpinned')).to.equal('UnpinnedSource');
    expect(await controller?.stop(GRACE_MS)).to.equal(0);
    controller = await startControllerProcess([
      ...world.flags,
      `--host-namespace=${world.namespace}`,
      '--allow-unpinned=true',
    ]);
    await world.ready('unpinned');
    expect(conditionOf(await world.get('unpinned'), 'Applied')?.status).to.equal('True');
  });
});
