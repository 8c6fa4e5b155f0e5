// Story: somebody declares a plugin, and it is there.
import { expect } from 'chai';
import { BED_TIMEOUT_MS } from '../support/bed.ts';
import { pluginFiles } from './plugins.ts';
import { expectInstalled } from './tree.ts';
import { World } from './world.ts';

describe('a first install', () => {
  let world: World;

  before(async function () {
    this.timeout(BED_TIMEOUT_MS);
    world = await World.open();
  });

  after(async () => world.close());

  it('puts the files of a tag into the workspace, marked, listed and owned by the agent', async () => {
    const repository = await world.git.repository('skills');
    const revision = await repository.commit(pluginFiles('1.0.0'));
    await repository.tag('v1.0.0', revision);
    await world.apply(
      await world.workspace('alice'),
      world.plugin('browser', 'alice', { url: `${world.git.urlOf('skills')}#v1.0.0` }),
    );
    await world.ready('browser');
    expectInstalled(await world.tree('alice', 'browser'), pluginFiles('1.0.0'), { revision });
    expect(world.tally.commandsOf('change')).to.equal(1);
  });
});
