// Story: what would be installed by itself waits for its age and for a window, and nothing else does.
import { writeFile } from 'node:fs/promises';
import { expect } from 'chai';
import { BED_TIMEOUT_MS } from '../support/bed.ts';
import { pluginFiles } from './plugins.ts';
import { expectInstalled } from './tree.ts';
import { conditionOf, World } from './world.ts';

/** A window that is closed now, and for hours. */
function farAway(): object {
  const hour = (new Date().getUTCHours() + 12) % 24;
  return { schedule: `0 ${hour} * * *`, duration: '1h', timeZone: 'UTC' };
}

describe('rules for what is installed by itself', () => {
  let world: World;

  before(async function () {
    this.timeout(BED_TIMEOUT_MS);
    world = await World.open();
    await world.apply(await world.workspace('alice'));
  });

  after(async () => world.close());

  /** A plugin that follows its repository by itself, at its first version, under these rules. */
  async function followed(name: string, update: object) {
    const repository = await world.git.repository(name);
    const first = await repository.commit(pluginFiles('1.0.0'));
    const url = world.git.urlOf(name);
    await world.apply(
      world.plugin(name, 'alice', { url, track: 'branch:main', update: { approval: 'Automatic' } }),
    );
    await world.installed(name, first);
    await world.edit(name, { update });
    // A visit that began before the edit goes by what it found.
    await world.until(name, 'the edit to be seen', () => true);
    return { first, publish: () => repository.commit(pluginFiles('1.1.0')) };
  }

  it('hold an update until it was seen for long enough, counted across a restart, and Ready holds', async () => {
    const { publish } = await followed('aged', { minimumAge: '480h' });
    const second = await publish();
    const waiting = await world.condition('aged', 'Drifted', 'True', 'AwaitingAge');
    expect(conditionOf(waiting, 'Ready')?.status).to.equal('True');
    await world.stop();
    await world.start();
    await world.edit('aged', { integrity: { interval: '2s' } });
    const later = await world.condition('aged', 'Drifted', 'True', 'AwaitingAge');
    expect(later.status?.available).to.deep.equal(waiting.status?.available);
    await world.edit('aged', { update: { minimumAge: '1s' } });
    await world.installed('aged', second);
  });

  it('hold an update outside of all windows, while files are repaired, until a person lifts them', async () => {
    const { first, publish } = await followed('windowed', { windows: [farAway()] });
    const second = await publish();
    const waiting = await world.condition('windowed', 'Drifted', 'True', 'AwaitingWindow');
    expect(conditionOf(waiting, 'Drifted')?.message).to.match(/windows opens at \d{4}-.*Z$/);
    await writeFile(world.live('alice', 'windowed', 'rules', 'style.md'), 'Be evil.\n');
    await world.until('windowed', 'the repair', ({ status }) => status?.history?.[0]?.outcome === 'Repaired');
    expectInstalled(await world.tree('alice', 'windowed'), pluginFiles('1.0.0'), { revision: first });
    await world.edit('windowed', { update: { windows: null } });
    await world.installed('windowed', second);
  });

  it('do not hold what a person names in the spec', async () => {
    const { publish } = await followed('named', { windows: [farAway()], minimumAge: '480h' });
    const second = await publish();
    await world.condition('named', 'Drifted', 'True', 'AwaitingAge');
    await world.edit('named', { source: { url: `${world.git.urlOf('named')}#sha:${second}` } });
    await world.installed('named', second);
  });

  it('hold a first install, which then happens by itself', async () => {
    const repository = await world.git.repository('newcomer');
    const first = await repository.commit(pluginFiles('1.0.0'));
    const url = world.git.urlOf('newcomer');
    const rules = { track: 'branch:main', update: { minimumAge: '3s' } };
    await world.apply(world.plugin('newcomer', 'alice', { url, ...rules }));
    const { status } = await world.installed('newcomer', first);
    const seen = Date.parse(status?.available?.firstSeenTime ?? '');
    expect(Date.parse(status?.installed?.time ?? '') - seen).to.be.at.least(3_000);
  });

  it('say what a first install waits for', async () => {
    const url = world.git.urlOf('newcomer');
    await world.apply(
      world.plugin('held', 'alice', { url, track: 'branch:main', update: { windows: [farAway()] } }),
    );
    const waiting = await world.condition('held', 'Applied', 'False', 'AwaitingWindow');
    expect(conditionOf(waiting, 'Ready')?.reason).to.equal('AwaitingWindow');
    expect(await world.tree('alice', 'held')).to.equal(undefined);
  });

  it('stop everything that is automatic where a window can never open', async () => {
    const { first, publish } = await followed('never', {
      windows: [{ schedule: '0 2 30 2 *', duration: '1h', timeZone: 'Europe/Berlin' }],
    });
    const stalled = await world.condition('never', 'Stalled', 'True', 'InvalidWindow');
    expect(conditionOf(stalled, 'Ready')?.status).to.equal('True');
    await publish();
    await world.condition('never', 'Drifted', 'True', 'AwaitingWindow');
    await world.edit('never', { update: { windows: [farAway()] } });
    const mended = await world.condition('never', 'Stalled', 'False');
    expect(mended.status?.installed?.revision).to.equal(first);
  });
});
