// Story: people decide, and upstream moves, while an update is under way.
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
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
});
