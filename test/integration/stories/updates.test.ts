// Story: upstream moves, a person is asked, and what they decide is done: exactly that, once.
import { expect } from 'chai';
import type { Repository } from '../../../lib/embedded/git-repository.ts';
import { BED_TIMEOUT_MS } from '../support/bed.ts';
import { pluginFiles } from './plugins.ts';
import { expectInstalled } from './tree.ts';
import { conditionsOf, Updates } from './updates.ts';
import { conditionOf, World } from './world.ts';

describe('updates', () => {
  let world: World;
  let updates: Updates;

  before(async function () {
    this.timeout(BED_TIMEOUT_MS);
    world = await World.open();
    updates = new Updates(world);
    await world.apply(await world.workspace('alice'));
  });

  after(async () => world.close());

  interface Release {
    readonly repository: Repository;
    readonly first: string;
    /** Publishes another version under a tag of its own. */
    readonly release: (version: string) => Promise<string>;
  }

  /** A plugin at version 1.0.0 that follows the latest release and asks a person. */
  async function installed(name: string, spec: object = {}): Promise<Release> {
    const repository = await world.git.repository(name);
    const release = async (version: string): Promise<string> => {
      const revision = await repository.commit(pluginFiles(version));
      await repository.tag(`v${version}`, revision);
      return revision;
    };
    const first = await release('1.0.0');
    await world.apply(
      world.plugin(name, 'alice', { url: world.git.urlOf(name), track: 'tag:latest', ...spec }),
    );
    await world.installed(name, first);
    return { repository, first, release };
  }

  async function outcomes(name: string): Promise<readonly string[]> {
    const { status } = (await world.get(name)) ?? {};
    return (status?.history ?? []).map(({ outcome, reason }) => `${outcome} ${reason}`);
  }

  it('are proposed, and installed once they are approved', async () => {
    const { first, release } = await installed('asked');
    const second = await release('1.1.0');
    const pending = await updates.until('asked', second, 'Pending');
    expect(pending.spec).to.deep.equal({
      pluginRef: { name: 'asked' },
      fromRevision: first,
      toRevision: second,
      ref: 'v1.1.0',
    });
    expect(pending.metadata.name).to.match(/^asked-[0-9a-f]{10}$/);
    expect(pending.status).to.deep.include({
      from: first.slice(0, 12),
      to: second.slice(0, 12),
      reload: 'Restart',
      changes: {
        added: [],
        modified: ['plugin.yaml', 'rules/style.md', 'skills/browse/SKILL.md'],
        removed: [],
        truncated: false,
      },
    });
    const waiting = await world.condition('asked', 'Drifted', 'True', 'AwaitingApproval');
    expect(waiting.status?.pendingUpdateRef?.name).to.equal(pending.metadata.name);
    expect(conditionOf(waiting, 'Drifted')?.message).to.include(
      `decide on PluginUpdate ${pending.metadata.name}`,
    );
    await world.kubectl('wait', '--for=condition=Ready', '--timeout=1s', 'wsp/asked');
    expectInstalled(await world.tree('alice', 'asked'), pluginFiles('1.0.0'), { revision: first });

    await updates.approve(pending);

    const { status } = await world.installed('asked', second);
    expect(status?.pendingUpdateRef).to.equal(undefined);
    const applied = await updates.until('asked', second, 'Applied');
    expect(conditionsOf(applied)).to.deep.equal([
      'Ready=True Installed',
      'Applied=True Installed',
      'Superseded=False Current',
      'Failed=False NotFailed',
    ]);
    expect(await outcomes('asked')).to.deep.equal(['Updated UpdateApproved', 'Installed FirstInstall']);
    expectInstalled(await world.tree('alice', 'asked'), pluginFiles('1.1.0'), { revision: second });
  });
});
