// Story: upstream moves, a person is asked, and what they decide is done: exactly that, once.
import { expect } from 'chai';
import { waitFor } from '../../support/wait-for.ts';
import { BED_TIMEOUT_MS } from '../support/bed.ts';
import { pluginFiles } from './plugins.ts';
import { expectInstalled } from './tree.ts';
import { conditionsOf, Updates, type Release } from './updates.ts';
import { conditionOf, type World } from './world.ts';

describe('updates', () => {
  let world: World;
  let updates: Updates;

  before(async function () {
    this.timeout(BED_TIMEOUT_MS);
    ({ world, updates } = await Updates.open());
  });

  afterEach(() => world.kubectl('delete', 'wsp', '--all', '--timeout=50s'));

  after(async () => world.close());

  const installed = (name: string, spec?: object): Promise<Release> => updates.installed(name, spec);

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

  it('install exactly what was approved although the repository is gone', async () => {
    const { release } = await installed('gone', { source: { interval: '1h' } });
    const second = await release('1.1.0');
    await updates.lookNow('gone');
    const pending = await updates.until('gone', second, 'Pending');
    const third = await release('1.2.0');
    world.git.behave({ status: 503 });
    await updates.approve(pending);
    await world.installed('gone', second);
    await updates.until('gone', second, 'Applied');
    world.git.behave('Serve');
    await updates.lookNow('gone');
    await updates.until('gone', third, 'Pending');
    expect(await outcomes('gone')).to.deep.equal(['Updated UpdateApproved', 'Installed FirstInstall']);
  });

  it('are superseded when the ref moves again, and an approval that comes too late is refused', async () => {
    const { first, release } = await installed('late');
    const second = await release('1.1.0');
    const overtaken = await updates.until('late', second, 'Pending');
    const third = await release('1.2.0');
    const pending = await updates.until('late', third, 'Pending');
    await updates.until('late', second, 'Superseded');
    await updates.approve(overtaken);
    const refused = await waitFor('the refusal', async () =>
      (await updates.of('late')).find((one) => conditionsOf(one).includes('Ready=False DecisionRefused')),
    );
    expect(refused.metadata.name).to.equal(overtaken.metadata.name);
    const message = refused.status?.conditions?.[0]?.message;
    expect(message).to.include('the approval by jane came too late and has no effect');
    expect(message).to.include(pending.metadata.name);
    expect((await world.get('late'))?.status?.installed?.revision).to.equal(first);
    await world.kubectl('wait', '--for=condition=Ready', '--timeout=1s', 'wsp/late');
    await updates.approve(pending);
    await world.installed('late', third);
    expect(await outcomes('late')).to.deep.equal(['Updated UpdateApproved', 'Installed FirstInstall']);
  });

  it('that are dismissed are remembered, also when the object is deleted, and newer ones are proposed', async () => {
    const { first, release } = await installed('dismissed');
    const second = await release('1.1.0');
    const pending = await updates.until('dismissed', second, 'Pending');
    await updates.dismiss(pending, 'too early');
    await updates.until('dismissed', second, 'Dismissed');
    const { status } = await world.condition('dismissed', 'Drifted', 'True', 'Rejected');
    expect(status?.rejected?.[0]).to.include({
      revision: second,
      reason: 'Dismissed',
      message: 'by jane: too early',
    });
    await world.kubectl('wait', '--for=condition=Ready', '--timeout=1s', 'wsp/dismissed');
    await updates.delete(pending);
    await updates.lookNow('dismissed');
    expect(await updates.of('dismissed')).to.deep.equal([]);
    expectInstalled(await world.tree('alice', 'dismissed'), pluginFiles('1.0.0'), { revision: first });
    const third = await release('1.2.0');
    await updates.until('dismissed', third, 'Pending');
  });

  it('about a tag that was moved are for a person, whatever approval says', async () => {
    const { repository, first } = await installed('moved', { update: { approval: 'Automatic' } });
    const moved = await repository.release('v1.0.0', pluginFiles('1.0.1'));
    const pending = await updates.until('moved', moved, 'Pending');
    const drifted = await world.condition('moved', 'Drifted', 'True', 'TagMoved');
    expect(conditionOf(drifted, 'Drifted')?.message).to.include(pending.metadata.name);
    expectInstalled(await world.tree('alice', 'moved'), pluginFiles('1.0.0'), { revision: first });
    await updates.approve(pending);
    await world.installed('moved', moved);
    await world.condition('moved', 'Drifted', 'False', 'UpToDate');
  });

  it('have one effect, however often they are approved, and a dismissal after it is refused', async () => {
    const { release } = await installed('twice');
    const second = await release('1.1.0');
    const pending = await updates.until('twice', second, 'Pending');
    const decisions = await Promise.allSettled([
      updates.approve(pending, 'jane'),
      updates.approve(pending, 'joe'),
      updates.approve(pending, 'jim'),
    ]);
    const refusals = decisions.flatMap((one) => (one.status === 'rejected' ? [String(one.reason)] : []));
    expect(refusals).to.have.length(2);
    for (const refusal of refusals) expect(refusal).to.include('a decision is final');
    const late = await updates.dismiss(pending, 'no').catch(String);
    expect(late).to.include('a decision is final');
    await world.installed('twice', second);
    await updates.until('twice', second, 'Applied');
    expect(await outcomes('twice')).to.deep.equal(['Updated UpdateApproved', 'Installed FirstInstall']);
  });

  it('of two plugins in a workspace, approved at once, are both done, each once', async () => {
    const names = ['left', 'right'];
    const releases = [await installed('left'), await installed('right')];
    const wanted = await Promise.all(releases.map(({ release }) => release('1.1.0')));
    const pending = await Promise.all(
      names.map((name, index) => updates.until(name, wanted[index] ?? '', 'Pending')),
    );
    await Promise.all(pending.map((one) => updates.approve(one)));
    await Promise.all(names.map((name, index) => updates.until(name, wanted[index] ?? '', 'Applied')));
    for (const name of names) {
      expect(await outcomes(name)).to.deep.equal(['Updated UpdateApproved', 'Installed FirstInstall']);
    }
  });

  it('that wait when the spec is edited give way to it', async () => {
    const { first, release } = await installed('edited');
    const second = await release('1.1.0');
    const pending = await updates.until('edited', second, 'Pending');
    await world.edit('edited', { source: { url: `${world.git.urlOf('edited')}#v1.1.0` } });
    await world.installed('edited', second);
    const superseded = await updates.until('edited', second, 'Superseded');
    expect(conditionsOf(superseded)).to.include('Superseded=True ApprovedRevisionChanged');
    await updates.approve(pending);
    await waitFor('the refusal', async () =>
      (await updates.of('edited')).some((one) => conditionsOf(one).includes('Ready=False DecisionRefused')),
    );
    expect(first).to.not.equal(second);
    expect(await outcomes('edited')).to.deep.equal(['Updated SpecChanged', 'Installed FirstInstall']);
  });

  it('that somebody deletes are proposed again', async () => {
    const { release } = await installed('deleted');
    const second = await release('1.1.0');
    const pending = await updates.until('deleted', second, 'Pending');
    await updates.delete(pending);
    const again = await waitFor('the question', async () =>
      (await updates.of('deleted')).find(({ metadata }) => metadata.uid !== pending.metadata.uid),
    );
    expect(again.metadata.name).to.equal(pending.metadata.name);
    await updates.approve(again);
    await world.installed('deleted', second);
  });

  it('ask about a first install, where a person must approve that', async () => {
    const repository = await world.git.repository('first');
    const first = await repository.release('v1.0.0', pluginFiles('1.0.0'));
    const update = { initialInstall: 'Manual' };
    await world.apply(
      world.plugin('first', 'alice', { url: world.git.urlOf('first'), track: 'tag:latest', update }),
    );
    const pending = await updates.until('first', first, 'Pending');
    expect(pending.spec).to.not.have.property('fromRevision');
    expect(pending.status?.changes?.added).to.include('rules/style.md');
    await world.condition('first', 'Ready', 'False', 'AwaitingApproval');
    expect(await world.tree('alice', 'first')).to.equal(undefined);
    await updates.approve(pending);
    await world.installed('first', first);
    await updates.until('first', first, 'Applied');
    expect(await outcomes('first')).to.deep.equal(['Installed FirstInstall']);
  });

  it('cost a creation and a status when they are asked, and a status each when they are done', async () => {
    const { release } = await installed('counted');
    const writesOf = () =>
      world.tally.writes
        .filter(({ name }) => name === 'counted' || name.startsWith('counted-'))
        .map(({ plural, verb }) => `${verb} ${plural}`);
    const before = writesOf().length;
    const second = await release('1.1.0');
    const pending = await updates.until('counted', second, 'Pending');
    await updates.lookNow('counted');
    await updates.approve(pending);
    await updates.until('counted', second, 'Applied');
    await updates.lookNow('counted');
    const made = writesOf().slice(before);
    const count = (write: string) => made.filter((one) => one === write).length;
    expect(count('create pluginupdates')).to.equal(1);
    // One more where the install takes longer than a decision waits before it is shown.
    expect(count('update pluginupdates')).to.be.within(2, 3);
    expect(count('update workspaceplugins'), 'with two answers to lookNow').to.equal(2 + 2);
    expect(made).to.have.length(1 + count('update pluginupdates') + 4);
  });
});
