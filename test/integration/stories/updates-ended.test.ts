// Story: updates that come to nothing: what was approved turns out bad, or upstream takes it back.
import { expect } from 'chai';
import { waitFor } from '../../support/wait-for.ts';
import { BED_TIMEOUT_MS } from '../support/bed.ts';
import { pluginFiles } from './plugins.ts';
import { expectInstalled } from './tree.ts';
import { conditionsOf, Updates } from './updates.ts';
import type { World } from './world.ts';

const IS_THE_FIRST = { command: ['sh', '-c', 'grep -q 1.0.0 "$PLUGIN_DIR/plugin.yaml"'], timeout: '5s' };

describe('an update that comes to nothing', () => {
  let world: World;
  let updates: Updates;

  before(async function () {
    this.timeout(BED_TIMEOUT_MS);
    ({ world, updates } = await Updates.open());
  });

  after(async () => world.close());

  it('has failed when what was approved did not pass its health check, and is not proposed again', async () => {
    const { first, release } = await updates.installed('bad', { update: { healthCheck: IS_THE_FIRST } });
    const second = await release('1.1.0');
    await updates.approve(await updates.until('bad', second, 'Pending'));

    const failed = await updates.until('bad', second, 'Failed');
    expect(conditionsOf(failed)).to.include.members([
      'Ready=False Quarantined',
      'Applied=False Quarantined',
      'Failed=True Quarantined',
    ]);
    const { status } = await world.condition('bad', 'Drifted', 'True', 'Rejected');
    expect(status?.rejected?.map(({ revision, reason }) => [revision, reason])).to.deep.equal([
      [second, 'Quarantined'],
    ]);
    await world.installed('bad', first);
    await world.kubectl('wait', '--for=condition=Ready', '--timeout=10s', 'wsp/bad');
    expectInstalled(await world.tree('alice', 'bad'), pluginFiles('1.0.0'), { revision: first });
    await updates.lookNow('bad');
    expect(await updates.of('bad')).to.have.length(1);
  });

  it('is superseded when upstream has again what is approved', async () => {
    const repository = await world.git.repository('back');
    const first = await repository.commit(pluginFiles('1.0.0'));
    await repository.branch('stable', first);
    await world.apply(
      world.plugin('back', 'alice', { url: world.git.urlOf('back'), track: 'branch:stable' }),
    );
    await world.installed('back', first);
    const second = await repository.commit(pluginFiles('1.1.0'));
    await repository.branch('stable', second);
    await updates.lookNow('back');
    await updates.until('back', second, 'Pending');

    await repository.branch('stable', first);
    await updates.lookNow('back');

    const superseded = await updates.until('back', second, 'Superseded');
    expect(conditionsOf(superseded)).to.include('Superseded=True NoLongerOffered');
    await world.condition('back', 'Drifted', 'False', 'UpToDate');
  });

  it('goes once five younger ones of its plugin are decided, and what was dismissed stays so', async () => {
    const { release } = await updates.installed('many');
    const dismissed: string[] = [];
    for (const minor of [1, 2, 3, 4, 5, 6]) {
      const revision = await release(`1.${minor}.0`);
      await updates.dismiss(await updates.until('many', revision, 'Pending'), 'not this one');
      await updates.until('many', revision, 'Dismissed');
      dismissed.push(revision);
    }
    await waitFor('the oldest to go', async () => (await updates.of('many')).length === 5);
    expect((await updates.of('many')).map(({ spec }) => spec.toRevision)).to.have.members(dismissed.slice(1));
    const { status } = (await world.get('many')) ?? {};
    expect(status?.rejected?.map(({ revision }) => revision)).to.have.members(dismissed);
    await world.kubectl('wait', '--for=condition=Ready', '--timeout=1s', 'wsp/many');
  });
});
