// Story: the git server is down, the cache is lost, upstream has moved: what was approved stays.
import { rm, writeFile } from 'node:fs/promises';
import { expect } from 'chai';
import { waitFor } from '../../support/wait-for.ts';
import { BED_TIMEOUT_MS } from '../support/bed.ts';
import { pluginFiles, writeFiles } from './plugins.ts';
import { expectInstalled } from './tree.ts';
import { conditionOf, World } from './world.ts';

const FILES = pluginFiles('1.0.0');

/** Far less than a question to a silent server takes, also on a busy machine. */
const SOON_MS = 15_000;

describe('an outage', () => {
  let world: World;
  let url: string;
  let first: string;

  before(async function () {
    this.timeout(BED_TIMEOUT_MS);
    world = await World.open();
    url = world.git.urlOf('skills');
    const repository = await world.git.repository('skills');
    first = await repository.release('v1', FILES);
    await world.apply(await world.workspace('alice'));
    await world.apply(
      world.plugin('browser', 'alice', { url: `${url}#v1`, track: 'branch:main' }),
      world.plugin('kept', 'alice', { url: `${url}#v1` }),
    );
    await Promise.all([world.installed('browser', first), world.installed('kept', first)]);
    await repository.commit(pluginFiles('2.0.0'));
    await world.condition('browser', 'Drifted', 'True', 'AwaitingApproval');
  });

  afterEach(async () => {
    world.git.behave('Serve');
    await world.git.resume();
  });
  after(async () => world.close());

  async function restartWithoutCache(): Promise<void> {
    await world.stop();
    await rm(world.cacheDir, { recursive: true });
    await world.start();
  }

  async function putBack(name: string, withinMs?: number): Promise<void> {
    const probe = async () => {
      expectInstalled(await world.tree('alice', name), FILES, { revision: first });
      return true;
    };
    await waitFor(`${name} to be repaired`, probe, withinMs);
  }

  async function repaired(name: string): Promise<void> {
    await putBack(name);
    await world.ready(name);
  }

  async function meddleAndWait(name: string): Promise<void> {
    await writeFile(world.live('alice', name, 'rules/style.md'), 'Be evil.\n');
    await repaired(name);
  }

  it('of nothing: a repair puts the approved revision back although upstream has moved', async () => {
    await meddleAndWait('browser');
    await world.condition('browser', 'Drifted', 'True', 'AwaitingApproval');
  });

  it('of the git server: a repair comes from the cache', async () => {
    await world.git.pause();
    await meddleAndWait('browser');
    const plugin = await world.condition('browser', 'Drifted', 'Unknown', 'SourceUnavailable');
    expect(conditionOf(plugin, 'SourceReady')).to.include({ status: 'False', reason: 'FetchFailed' });
    await world.kubectl('wait', '--for=condition=Ready', '--timeout=1s', 'wsp/browser');
    expect(conditionOf(await world.get('kept'), 'SourceReady')?.status).to.equal('True');
  });

  it('of a git server that takes connections and is silent: a repair does not wait for it', async () => {
    await world.condition('browser', 'Drifted', 'True', 'AwaitingApproval');
    world.git.behave('Hang');
    await world.stop();
    await writeFile(world.live('alice', 'browser', 'rules/style.md'), 'Be evil.\n');
    await world.start();

    await putBack('browser', SOON_MS);
    const drifted = conditionOf(await world.get('browser'), 'Drifted');
    expect(drifted).to.include({ status: 'True', reason: 'AwaitingApproval' });
  });

  it('of the git server, with the cache lost too: a repair comes from an intact snapshot', async () => {
    await world.edit('kept', { integrity: { untracked: 'Remove' } });
    // What a repair displaces is kept: here it differs from the approved tree by an untracked file alone.
    await writeFiles(world.live('alice', 'kept'), { '__pycache__/a.pyc': 'made' });
    await repaired('kept');
    await world.git.pause();
    await rm(world.live('alice', 'kept'), { recursive: true });
    await restartWithoutCache();
    await waitFor('the snapshot to be back', async () => {
      const extra = { '__pycache__/a.pyc': 'made' };
      expectInstalled(await world.tree('alice', 'kept'), FILES, { revision: first, extra });
      return true;
    });
    await world.until('kept', 'the failing repair', (plugin) =>
      (conditionOf(plugin, 'Intact')?.message ?? '').includes('repair failed'),
    );
    await world.git.resume();
    await repaired('kept');
  });

  it('of the git server: a repair that has nowhere to come from is tried again until it is back', async () => {
    await world.git.pause();
    await restartWithoutCache();
    await writeFile(world.live('alice', 'browser', 'rules/style.md'), 'Be evil.\n');
    const plugin = await world.condition('browser', 'Ready', 'False', 'FilesChanged');
    expect(conditionOf(plugin, 'Intact')?.message).to.match(/repair failed: .*did not answer/);
    expect(plugin.status?.failures).to.be.greaterThan(0);
    await world.git.resume();
    await world.ready('browser');
    expectInstalled(await world.tree('alice', 'browser'), FILES, { revision: first });
  });
});
