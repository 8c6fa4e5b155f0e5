// Story: a version that was turned down is not installed by itself, until somebody says so.
import { expect } from 'chai';
import { RESET_AT } from '../../../controller/api/group.ts';
import { BED_TIMEOUT_MS } from '../support/bed.ts';
import { pluginFiles } from './plugins.ts';
import { conditionOf, World } from './world.ts';

describe('a version that was turned down', () => {
  let world: World;

  before(async function () {
    this.timeout(BED_TIMEOUT_MS);
    world = await World.open();
    await world.apply(await world.workspace('alice'));
  });

  after(async () => world.close());

  it('stays so in a status that was restored from a backup, and is taken after resetAt', async () => {
    const repository = await world.git.repository('restored');
    const first = await repository.commit(pluginFiles('1.0.0'));
    const url = world.git.urlOf('restored');
    const update = { approval: 'Automatic' };
    await world.apply(world.plugin('restored', 'alice', { url, track: 'branch:main', update }));
    await world.installed('restored', first);
    await world.edit('restored', { suspend: true });
    const second = await repository.commit(pluginFiles('2.0.0'));
    const message = 'by jane: not before Monday';
    const rejection = { revision: second, reason: 'Dismissed', message, time: '2026-05-08T14:15:30Z' };
    await world.editStatus('restored', { rejected: [rejection] });
    await world.edit('restored', { suspend: false });

    const rejected = await world.condition('restored', 'Drifted', 'True', 'Rejected');
    expect(conditionOf(rejected, 'Drifted')?.message).to.include(`was dismissed ${message}`);
    expect(rejected.status?.installed?.revision).to.equal(first);
    await world.kubectl('wait', '--for=condition=Ready', '--timeout=1s', 'wsp/restored');

    await world.kubectl('annotate', 'wsp', 'restored', `${RESET_AT}=now`);
    const { status } = await world.installed('restored', second);
    expect(status?.lastHandledResetAt).to.equal('now');
    expect(status).to.not.have.property('rejected');
  });
});
