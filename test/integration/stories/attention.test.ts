// Story: people ask for a look now, or for none at all.
import { rm } from 'node:fs/promises';
import { expect } from 'chai';
import { REQUESTED_AT, WORKSPACE, WORKSPACE_PLUGIN } from '../../../controller/api/group.ts';
import { waitFor } from '../../support/wait-for.ts';
import { BED_TIMEOUT_MS } from '../support/bed.ts';
import { pluginFiles } from './plugins.ts';
import { expectInstalled } from './tree.ts';
import { conditionOf, World } from './world.ts';

const RARELY = { integrity: { interval: '1h' } };

describe('attention', () => {
  let world: World;
  let url: string;
  let first: string;

  before(async function () {
    this.timeout(BED_TIMEOUT_MS);
    world = await World.open();
    url = world.git.urlOf('skills');
    const repository = await world.git.repository('skills');
    first = await repository.release('v1.0.0', pluginFiles('1.0.0'));
    await world.apply(await world.workspace('alice'));
  });

  after(async () => world.close());

  async function request(name: string, value: string): Promise<void> {
    await world.kubectl('annotate', 'wsp', name, '--overwrite', `${REQUESTED_AT}=${value}`);
  }

  async function answered(name: string, value: string): Promise<void> {
    await world.until(
      name,
      `an answer to ${value}`,
      ({ status }) => status?.lastHandledReconcileAt === value,
    );
  }

  it('that is asked for looks at files and upstream at once, and is answered', async () => {
    const source = { url, interval: '1h', retryInterval: '1h' };
    await world.apply(world.plugin('rarely', 'alice', { source, track: 'tag:latest', ...RARELY }));
    await world.installed('rarely', first);
    const repository = await world.git.repository('skills');
    await repository.tag('v1.1.0', await repository.commit(pluginFiles('1.1.0')));
    await rm(world.live('alice', 'rarely'), { recursive: true });
    await request('rarely', 'now');
    await answered('rarely', 'now');
    await world.condition('rarely', 'Drifted', 'True', 'AwaitingApproval');
    await world.ready('rarely');
    expectInstalled(await world.tree('alice', 'rarely'), pluginFiles('1.0.0'), { revision: first });
    world.git.behave({ status: 503 });
    await request('rarely', 'again');
    await answered('rarely', 'again');
    await world.condition('rarely', 'SourceReady', 'False', 'FetchFailed');
    world.git.behave('Serve');
    await request('rarely', 'in spite of the back-off');
    await world.condition('rarely', 'SourceReady', 'True', 'Resolved');
    await world.kubectl('delete', 'wsp', 'rarely');
  });

  it('is not paid to what is suspended, save that requests are answered', async () => {
    await world.apply(world.plugin('asleep', 'alice', { url: `${url}#v1.0.0` }));
    await world.installed('asleep', first);
    await world.edit('asleep', { suspend: true });
    const suspended = await world.condition('asleep', 'Reconciling', 'False', 'Suspended');
    const message = conditionOf(suspended, 'Ready')?.message ?? '';
    expect(message).to.match(/^suspended since \d{4}-\d\d-\d\dT[\d:]+Z: set spec.suspend to false/);
    await rm(world.live('alice', 'asleep'), { recursive: true });
    const looks = world.tally.commandsOf('look');
    await request('asleep', 'now');
    await answered('asleep', 'now');
    await world.edit('asleep', { previousLimit: 2 });
    const still = await world.until('asleep', 'the new generation', () => true);
    expect(conditionOf(still, 'Ready')).to.include({ status: 'True', message });
    expect(world.tally.commandsOf('look')).to.equal(looks);
    expect(await world.tree('alice', 'asleep')).to.equal(undefined);
    await world.edit('asleep', { suspend: false });
    await world.condition('asleep', 'Reconciling', 'False', 'Settled');
    await waitFor('the plugin', async () => (await world.tree('alice', 'asleep')) !== undefined);
  });

  it('is not paid to a plugin that was declared suspended, nor to those of a suspended workspace', async () => {
    await world.apply(
      await world.workspace('quiet', { suspend: true }),
      world.plugin('quiet', 'quiet', { url: `${url}#v1.0.0` }),
      world.plugin('unborn', 'alice', { url: `${url}#v1.0.0`, suspend: true }),
    );
    for (const name of ['quiet', 'unborn']) await world.condition(name, 'Ready', 'Unknown', 'Suspended');
    await waitFor('the Workspace', async () => {
      return conditionOf(await world.getWorkspace('quiet'), 'Ready')?.reason === 'Suspended';
    });
    expect(conditionOf(await world.get('quiet'), 'Ready')?.message).to.include('of Workspace quiet');
    await world.patch(WORKSPACE, 'quiet', { spec: { suspend: false } });
    await world.patch(WORKSPACE_PLUGIN, 'unborn', { spec: { suspend: false } });
    await Promise.all(['quiet', 'unborn'].map((name) => world.installed(name, first)));
  });
});
