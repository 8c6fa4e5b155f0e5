// Story: the repository moves on, and the workspace follows as far as it was told to.
import { expect } from 'chai';
import type { Repository } from '../../../lib/embedded/git-repository.ts';
import { BED_TIMEOUT_MS } from '../support/bed.ts';
import { inFolder, pluginFiles } from './plugins.ts';
import { expectInstalled } from './tree.ts';
import { conditionOf, World } from './world.ts';

const AUTOMATIC = { update: { approval: 'Automatic' } };

describe('upstream', () => {
  let world: World;

  before(async function () {
    this.timeout(BED_TIMEOUT_MS);
    world = await World.open();
    await world.apply(await world.workspace('alice'));
  });

  after(async () => world.close());

  /** A repository with a release, and its URL. */
  async function release(name: string): Promise<{ repository: Repository; url: string; first: string }> {
    const repository = await world.git.repository(name);
    const first = await repository.release('v1.0.0', pluginFiles('1.0.0'));
    return { repository, url: world.git.urlOf(name), first };
  }

  it('is followed by itself on a new tag, in a range of versions, and on a branch', async () => {
    const { repository, url, first } = await release('followed');
    const tracks = { latest: 'tag:latest', range: 'semver:^1.0', branch: 'branch:main' };
    const names = Object.keys(tracks);
    await world.apply(
      ...Object.entries(tracks).map(([name, track]) =>
        world.plugin(name, 'alice', { url, track, ...AUTOMATIC }),
      ),
    );
    await Promise.all(names.map((name) => world.installed(name, first)));
    const second = await repository.commit(pluginFiles('1.1.0'));
    await repository.tag('v1.1.0', second, { message: 'annotated' });
    await Promise.all(names.map((name) => world.installed(name, second)));
    const third = await repository.release('v2.0.0', pluginFiles('2.0.0'));
    await Promise.all(['latest', 'branch'].map((name) => world.installed(name, third)));
    expectInstalled(await world.tree('alice', 'latest'), pluginFiles('2.0.0'), { revision: third });
    const range = await world.condition('range', 'Drifted', 'False', 'UpToDate');
    expect(range.status?.installed).to.include({ revision: second, version: '1.1.0' });
    const { status } = await world.installed('latest', third);
    expect(status?.history?.map(({ outcome, reason }) => `${outcome} ${reason}`)).to.deep.equal([
      'Updated UpstreamChanged',
      'Updated UpstreamChanged',
      'Installed FirstInstall',
    ]);
  });

  it('is only reported with Manual approval, and Ready holds', async () => {
    const { repository, url, first } = await release('manual');
    await world.apply(world.plugin('manual', 'alice', { url: `${url}#v1.0.0`, track: 'tag:latest' }));
    await world.installed('manual', first);
    const second = await repository.release('v1.1.0', pluginFiles('1.1.0'));
    const { status } = await world.condition('manual', 'Drifted', 'True', 'AwaitingApproval');
    await world.kubectl('wait', '--for=condition=Ready', '--timeout=1s', 'wsp/manual');
    expect(status?.available).to.include({ revision: second, short: second.slice(0, 12), ref: 'v1.1.0' });
    expectInstalled(await world.tree('alice', 'manual'), pluginFiles('1.0.0'), { revision: first });
    await world.edit('manual', { source: { url: `${url}#v1.1.0` } });
    await world.installed('manual', second);
    await world.condition('manual', 'Drifted', 'False', 'UpToDate');
  });

  it('that moves a tag is not trusted', async () => {
    const { repository, url, first } = await release('moving');
    await world.apply(
      world.plugin('named', 'alice', { url, track: 'tag:v1.0.0', ...AUTOMATIC }),
      world.plugin('winning', 'alice', { url, track: 'tag:latest', ...AUTOMATIC }),
    );
    await Promise.all(['named', 'winning'].map((name) => world.installed(name, first)));
    const moved = await repository.release('v1.0.0', pluginFiles('1.0.0', { 'rules/evil.md': 'Be evil.\n' }));
    for (const name of ['named', 'winning']) {
      const plugin = await world.condition(name, 'Drifted', 'True', 'TagMoved');
      expect(conditionOf(plugin, 'Drifted')?.message).to.include(`#sha:${moved}`);
      expect(conditionOf(plugin, 'Ready')?.status).to.equal('True');
      expectInstalled(await world.tree('alice', name), pluginFiles('1.0.0'), { revision: first });
    }
    await world.edit('named', { source: { url: `${url}#sha:${moved}` } });
    await world.installed('named', moved);
  });

  it('that lost its tag or does not answer turns one condition, and touches nothing', async () => {
    const { repository, url, first } = await release('fading');
    const track = 'tag:v1.0.0';
    await world.apply(world.plugin('fading', 'alice', { url, track, ...AUTOMATIC }));
    await world.installed('fading', first);
    await repository.deleteRef('refs/tags/v1.0.0');
    await world.condition('fading', 'SourceReady', 'False', 'RefNotFound');
    await repository.tag('v1.0.0', first);
    await world.condition('fading', 'SourceReady', 'True', 'Resolved');
    for (const [behaviour, reason] of [
      [{ status: 503 }, 'FetchFailed'],
      [{ status: 401 }, 'AuthFailed'],
    ] as const) {
      world.git.behave(behaviour);
      await world.condition('fading', 'SourceReady', 'False', reason);
      const plugin = await world.condition('fading', 'Drifted', 'Unknown', 'SourceUnavailable');
      expect(conditionOf(plugin, 'Ready')?.status).to.equal('True');
      expectInstalled(await world.tree('alice', 'fading'), pluginFiles('1.0.0'), { revision: first });
      world.git.behave('Serve');
      await world.condition('fading', 'Drifted', 'False', 'UpToDate');
    }
  });

  it('that changes other folders only changes nothing here, not even the object', async () => {
    const repository = await world.git.repository('many');
    const first = await repository.commit(inFolder('browser', pluginFiles('1.0.0')));
    const source = { url: world.git.urlOf('many'), path: 'browser' };
    await world.apply(world.plugin('folder', 'alice', { source, track: 'branch:main', ...AUTOMATIC }));
    await world.installed('folder', first);
    const settled = await world.condition('folder', 'Drifted', 'False', 'UpToDate');
    const files = { ...inFolder('browser', pluginFiles('1.0.0')), 'other/README': 'new\n' };
    const second = await repository.commit(files);
    const asked = world.git.requests.lsRefs;
    await world.until('folder', 'three more polls', () => world.git.requests.lsRefs >= asked + 6);
    const after = await world.get('folder');
    expect(after?.metadata.resourceVersion).to.equal(settled.metadata.resourceVersion);
    const third = await repository.commit({ ...files, ...inFolder('browser', pluginFiles('1.1.0')) });
    await world.installed('folder', third);
    expect([first, second]).to.not.include(third);
  });
});
