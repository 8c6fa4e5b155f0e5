// Story: people decide, and upstream moves, while an update is under way.
import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { expect } from 'chai';
import { waitFor } from '../../support/wait-for.ts';
import { BED_TIMEOUT_MS } from '../support/bed.ts';
import { Updates } from './updates.ts';
import type { World } from './world.ts';

/** Says that it runs, and waits for leave to end; the first version passes at once. */
const SLOW_CHECK = `
  grep -q 1.0.0 "$PLUGIN_DIR/plugin.yaml" && exit
  touch "$CONFIGS_DIR/checking"
  until [ -e "$CONFIGS_DIR/go" ]; do sleep 0.1; done`;

describe('while an update is under way', () => {
  let world: World;
  let updates: Updates;

  before(async function () {
    this.timeout(BED_TIMEOUT_MS);
    ({ world, updates } = await Updates.open());
  });

  afterEach(async () => {
    const configs = world.folder('alice', 'configs');
    await Promise.all(['go', 'checking'].map((file) => rm(`${configs}/${file}`, { force: true })));
  });

  after(async () => world.close());

  it('others are approved and upstream moves on: each is done once, and what is newer is asked about', async () => {
    const healthCheck = { command: ['sh', '-c', SLOW_CHECK], timeout: '60s' };
    const slow = await updates.installed('slow', { update: { healthCheck } });
    const other = await updates.installed('other');
    const [slowSecond, otherSecond] = [await slow.release('1.1.0'), await other.release('1.1.0')];
    const waiting = await updates.until('other', otherSecond, 'Pending');
    await updates.approve(await updates.until('slow', slowSecond, 'Pending'));
    const configs = world.folder('alice', 'configs');
    await waitFor('the check to run', () => existsSync(`${configs}/checking`));

    await updates.approve(waiting);
    const slowThird = await slow.release('1.2.0');
    await writeFile(`${configs}/go`, '');

    await updates.until('slow', slowSecond, 'Applied');
    await updates.until('other', otherSecond, 'Applied');
    await world.installed('other', otherSecond);
    await updates.until('slow', slowThird, 'Pending');
    for (const name of ['slow', 'other']) {
      const history = (await world.get(name))?.status?.history ?? [];
      expect(history.map(({ outcome, reason }) => `${outcome} ${reason}`)).to.deep.equal([
        'Updated UpdateApproved',
        'Installed FirstInstall',
      ]);
    }
    expect((await world.get('slow'))?.status?.installed?.revision).to.equal(slowSecond);
  });

  it('its PluginUpdate is dismissed and then deleted: it is done all the same, once, and nobody is asked again', async () => {
    const healthCheck = { command: ['sh', '-c', SLOW_CHECK], timeout: '60s' };
    const { release } = await updates.installed('gone', { update: { healthCheck } });
    const second = await release('1.1.0');
    const pending = await updates.until('gone', second, 'Pending');
    await updates.approve(pending);
    const configs = world.folder('alice', 'configs');
    await waitFor('the check to run', () => existsSync(`${configs}/checking`));

    const refusal = await updates.dismiss(pending, 'too late').catch((error: unknown) => String(error));
    expect(refusal).to.include('decision');
    await updates.delete(pending);
    await writeFile(`${configs}/go`, '');

    await world.installed('gone', second);
    const { status } = await world.condition('gone', 'Ready', 'True', 'Installed');
    expect(status?.history?.map(({ outcome, reason }) => `${outcome} ${reason}`)).to.deep.equal([
      'Updated UpdateApproved',
      'Installed FirstInstall',
    ]);
    await updates.lookNow('gone');
    expect(await updates.of('gone')).to.deep.equal([]);
  });
});
