// Story: records are lost, declared twice, or come in the wrong order.
import { expect } from 'chai';
import { REQUESTED_AT, WORKSPACE_PLUGIN } from '../../../controller/api/group.ts';
import { BED_TIMEOUT_MS } from '../support/bed.ts';
import { pluginFiles, writeFiles } from './plugins.ts';
import { expectInstalled } from './tree.ts';
import { conditionOf, World } from './world.ts';

const FILES = pluginFiles('1.0.0');

describe('identity', () => {
  let world: World;
  let url: string;
  let first: string;

  before(async function () {
    this.timeout(BED_TIMEOUT_MS);
    world = await World.open();
    url = world.git.urlOf('skills');
    const repository = await world.git.repository('skills');
    first = await repository.release('v1.0.0', FILES);
    await world.apply(await world.workspace('alice'));
  });

  after(async () => world.close());

  it('that was lost with the status is found again in the workspace, and nothing newer is installed', async () => {
    const update = { approval: 'Manual' };
    await world.apply(world.plugin('lost', 'alice', { url, track: 'tag:latest', update }));
    await world.installed('lost', first);
    await world.edit('lost', { suspend: true });
    await world.condition('lost', 'Reconciling', 'False', 'Suspended');
    const repository = await world.git.repository('skills');
    await repository.release('v1.1.0', pluginFiles('1.1.0'));
    await world.editStatus('lost', null);
    const annotations = { [REQUESTED_AT]: 'now' };
    await world.patch(WORKSPACE_PLUGIN, 'lost', { metadata: { annotations }, spec: { suspend: false } });
    const { status } = await world.condition('lost', 'Drifted', 'True', 'AwaitingApproval');
    expect(status?.approved).to.include({ revision: first, ref: 'tag:latest' });
    expect(status?.history?.[0]).to.include({ outcome: 'Adopted', reason: 'FoundInstalled' });
    expectInstalled(await world.tree('alice', 'lost'), FILES, { revision: first });
    await world.kubectl('delete', 'wsp', 'lost');
    await repository.deleteRef('refs/tags/v1.1.0');
  });

  it('of files that were put there by hand is adopted in place when they are what is wanted', async () => {
    const texts = Object.fromEntries(
      Object.entries(FILES).filter(([path]) => path !== 'skills/browse/run.sh'),
    );
    const repository = await world.git.repository('plain');
    const revision = await repository.commit(texts);
    await writeFiles(world.live('alice', 'manual'), texts as Record<string, string>);
    await world.own('alice');
    await world.apply(world.plugin('manual', 'alice', { url: `${world.git.urlOf('plain')}#${revision}` }));
    const { status } = await world.installed('manual', revision);
    expectInstalled(await world.tree('alice', 'manual'), texts, { revision });
    expect(status?.previous).to.deep.equal([]);
  });

  it('of other files than those wanted is kept as a snapshot for ever', async () => {
    await writeFiles(world.live('alice', 'other'), { 'notes.md': 'mine\n' });
    await world.own('alice');
    await world.apply(world.plugin('other', 'alice', { url: `${url}#v1.0.0` }));
    await world.installed('other', first);
    expectInstalled(await world.tree('alice', 'other'), FILES, { revision: first });
    await world.kubectl('delete', 'wsp', 'other');
    const kept = await world.previous('alice', 'other');
    expect(kept.map((tree) => tree?.['notes.md']?.content)).to.deep.equal(['mine\n']);
  });

  it('is of the older of two objects for the same plugin; the other waits, and removes nothing', async () => {
    await world.apply(world.plugin('elder', 'alice', { pluginName: 'shared', url: `${url}#v1.0.0` }));
    await world.installed('elder', first);
    await world.apply(world.plugin('zz-younger', 'alice', { pluginName: 'shared', url: `${url}#v1.0.0` }));
    const younger = await world.condition('zz-younger', 'Stalled', 'True', 'Conflict');
    expect(conditionOf(younger, 'Ready')?.message).to.include('WorkspacePlugin elder is older');
    await world.kubectl('delete', 'wsp', 'zz-younger', '--timeout=30s');
    expectInstalled(await world.tree('alice', 'shared'), FILES, { revision: first });
    await world.apply(world.plugin('zz-heir', 'alice', { pluginName: 'shared', url: `${url}#v1.0.0` }));
    await world.condition('zz-heir', 'Stalled', 'True', 'Conflict');
    await world.edit('elder', { deletionPolicy: 'Orphan' });
    await world.kubectl('delete', 'wsp', 'elder', '--timeout=30s');
    await world.installed('zz-heir', first);
  });

  it('of a workspace that is declared after its plugin is found at once', async () => {
    await world.apply(world.plugin('early', 'late', { url: `${url}#v1.0.0` }));
    const early = await world.condition('early', 'Stalled', 'True', 'WorkspaceNotFound');
    expect(conditionOf(early, 'Ready')?.message).to.include('there is no Workspace late');
    await world.apply(await world.workspace('late'));
    await world.installed('early', first);
  });

  it('of folders that nobody declares is listed in the Workspace', async () => {
    await writeFiles(world.live('alice', 'stranger'), { 'plugin.yaml': 'name: stranger\n' });
    await world.kubectl('annotate', 'ws', 'alice', 'reconcile.plugins.molecule.ai/requestedAt=now');
    await world.untilWorkspace('alice', ({ status }) => status?.unmanaged?.includes('stranger') === true);
    const workspace = await world.untilWorkspace(
      'alice',
      ({ status }) => status?.lastHandledReconcileAt === 'now',
    );
    expect(conditionOf(workspace, 'Ready')).to.include({ status: 'True', reason: 'Reachable' });
    expect(workspace.status?.runtime?.kind).to.equal('directory');
  });
});
