// Story: a change is done once the agent runs it well; what fails goes back, and is not tried again by itself.
import { writeFile } from 'node:fs/promises';
import { expect } from 'chai';
import { RESET_AT } from '../../../controller/api/group.ts';
import type { WorkspacePlugin } from '../../../controller/api/workspace-plugin.ts';
import { findCondition } from '../../../lib/reconcile/conditions.ts';
import type { Repository } from '../../../lib/embedded/git-repository.ts';
import { BED_TIMEOUT_MS } from '../support/bed.ts';
import { BAD, CHECK, containerAgent, directoryAgent, touchyAgent, type Agent } from './agents.ts';
import { containerOf, docker } from './docker.ts';
import { pluginFiles } from './plugins.ts';
import { expectInstalled } from './tree.ts';
import { Updates } from './updates.ts';
import { conditionOf, World } from './world.ts';

const KINDS = {
  directory: directoryAgent,
  container: async (world: World, name: string) => containerAgent(world, name),
  'touchy container': touchyAgent,
};
const AUTOMATIC = { approval: 'Automatic', healthCheck: CHECK };
const HOOK = { 'hooks/start.sh': 'echo hook\n' };

const outcomes = ({ status }: WorkspacePlugin) =>
  status?.history?.map(({ outcome, reason }) => `${outcome} ${reason}`);
const stalledMessage = (plugin: WorkspacePlugin) => conditionOf(plugin, 'Stalled')?.message ?? '';
const readySince = ({ status }: WorkspacePlugin) =>
  findCondition(status?.conditions ?? [], 'Ready')?.lastTransitionTime;

describe('the outcome of a change', () => {
  let world: World;
  const agents: Agent[] = [];

  before(async function () {
    this.timeout(BED_TIMEOUT_MS);
    const { host } = await docker();
    world = await World.open({ flags: [`--docker-host=${host}`] });
  });

  after(async () => {
    await Promise.all(agents.map((agent) => agent.end()));
    await world.close();
  });

  /** An agent in a workspace of its own, and a repository of the same name with one good version. */
  async function stage(kind: keyof typeof KINDS, name: string) {
    const agent = await KINDS[kind](world, name);
    agents.push(agent);
    const repository = await world.git.repository(name);
    const first = await repository.commit(pluginFiles('1.0.0'));
    await world.apply(agent.manifest);
    return { agent, repository, first, url: world.git.urlOf(name) };
  }

  async function followed(kind: keyof typeof KINDS, name: string, update: object = AUTOMATIC) {
    const staged = await stage(kind, name);
    const { url, first } = staged;
    await world.apply(world.plugin(name, name, { url, track: 'branch:main', update }));
    await world.installed(name, first);
    return { ...staged, starts: await staged.agent.starts(), checks: await staged.agent.checks() };
  }

  const bad = (repository: Repository, version: string) =>
    repository.commit(pluginFiles(version, { ...BAD, ...HOOK }));

  for (const kind of ['directory', 'container'] as const) {
    describe(`in a ${kind}`, () => {
      it('that needs a restart gets one, and one check; what is loaded by itself only the check', async () => {
        const name = `good-${kind}`;
        const { agent, repository, starts, checks } = await followed(kind, name);
        const writes = world.tally.writesTo('workspaceplugins');
        const second = await repository.commit(pluginFiles('1.0.0', HOOK));
        await world.installed(name, second);
        expect(await agent.starts()).to.equal(starts + 1);
        expect(await agent.checks()).to.equal(checks + 1);
        const third = await repository.commit(
          pluginFiles('1.0.0', { ...HOOK, 'rules/new.md': 'Be kind.\n' }),
        );
        await world.installed(name, third);
        expect(await agent.starts()).to.equal(starts + 1);
        expect(await agent.checks()).to.equal(checks + 2);
        expect(world.tally.writesTo('workspaceplugins') - writes, 'status writes of two updates').to.equal(2);
      });

      it('of several plugins at once restarts the agent once', async () => {
        const name = `batch-${kind}`;
        const { agent, repository, first, url } = await stage(kind, name);
        const names = ['a', 'b', 'c'].map((part) => `${name}-${part}`);
        const options = { url, track: 'branch:main', update: AUTOMATIC };
        await world.apply(...names.map((plugin) => world.plugin(plugin, name, options)));
        await Promise.all(names.map((plugin) => world.installed(plugin, first)));
        expect(await agent.starts(), 'starts after the first install').to.equal(2);
        const second = await repository.commit(pluginFiles('2.0.0', HOOK));
        await Promise.all(names.map((plugin) => world.installed(plugin, second)));
        expect(await agent.starts(), 'starts after the update').to.equal(3);
        expect(await agent.checks()).to.equal(6);
      });

      it('that fails is rolled back and restarted again, Ready holds, and only a newer one is tried', async () => {
        const name = `bad-${kind}`;
        const { agent, repository, first, starts, checks } = await followed(kind, name);
        const before = await world.ready(name);
        const second = await bad(repository, '2.0.0');
        const rejected = await world.until(
          name,
          'rolled back',
          ({ status }) => status?.history?.[0]?.outcome === 'RolledBack',
        );
        await world.condition(name, 'Drifted', 'True', 'Rejected');
        expect(readySince(rejected)).to.equal(before[0] && readySince(before[0]));
        await world.kubectl('wait', '--for=condition=Ready', '--timeout=1s', `wsp/${name}`);
        expectInstalled(await world.tree(name, name), pluginFiles('1.0.0'), { revision: first });
        expect(rejected.status?.rejected?.[0]).to.include({ revision: second, reason: 'Quarantined' });
        expect(rejected.status?.rejected?.[0]?.message).to.match(/^the health check failed: .*a bad rule/);
        expect(outcomes(rejected)?.slice(0, 2)).to.deep.equal([
          'RolledBack UpdateFailed',
          'Failed Quarantined',
        ]);
        expect(await agent.starts()).to.equal(starts + 2);
        expect(await agent.checks()).to.equal(checks + 1);
        const asked = world.git.requests.lsRefs;
        await world.until(name, 'three more polls', () => world.git.requests.lsRefs >= asked + 3);
        expect(await agent.checks(), 'checks of what was rejected').to.equal(checks + 1);
        const third = await repository.commit(pluginFiles('3.0.0'));
        await world.installed(name, third);
      });
    });
  }

  it('that the agent ends of is rejected, and rolled back as soon as its container runs again', async () => {
    const { agent, repository, first, starts } = await followed('touchy container', 'touchy', {
      approval: 'Automatic',
    });
    const second = await repository.commit(pluginFiles('2.0.0', { 'hooks/start.sh': 'echo fatal\n' }));
    const down = await world.condition('touchy', 'Ready', 'Unknown', 'WorkspaceUnreachable');
    expect(conditionOf(down, 'Ready')?.message).to.equal(
      `the container ${containerOf(world, 'touchy')} is not running: start it; ` +
        `revision ${second.slice(0, 12)} was installed, and the restart failed: what runs in the container ended right ` +
        'after it was started again, with exit code 3; its logs say why; ' +
        `revision ${first.slice(0, 12)} comes back as soon as the workspace can be reached`,
    );
    expect(down.status?.rejected?.[0]).to.include({ revision: second, reason: 'Quarantined' });
    expect(down.status?.approved?.revision).to.equal(first);
    await writeFile(world.folder('touchy', 'configs', '.patient'), '');
    await (await docker()).act(containerOf(world, 'touchy'), 'start');
    const back = await world.until(
      'touchy',
      'rolled back',
      (plugin) => conditionOf(plugin, 'Ready')?.status === 'True',
    );
    expect(outcomes(back)?.slice(0, 2)).to.deep.equal(['RolledBack UpdateFailed', 'Failed Quarantined']);
    expect(conditionOf(back, 'Drifted')?.reason).to.equal('Rejected');
    expectInstalled(await world.tree('touchy', 'touchy'), pluginFiles('1.0.0'), { revision: first });
    expect(await agent.starts(), 'after the update, by hand, after the rollback').to.equal(starts + 3);
  });

  it('is not a restart where the Workspace says Never', async () => {
    const { agent, repository, starts } = await followed('container', 'never');
    await world.apply({ ...agent.manifest, spec: { ...agent.manifest.spec, restartPolicy: 'Never' } });
    const second = await repository.commit(pluginFiles('2.0.0', HOOK));
    await world.installed('never', second);
    expect(await agent.starts()).to.equal(starts);
  });

  it('is looked at by a person under Hold, and tried again after resetAt', async () => {
    const { agent, repository, checks } = await followed('directory', 'held', {
      ...AUTOMATIC,
      onFailure: 'Hold',
    });
    const second = await bad(repository, '2.0.0');
    const held = await world.condition('held', 'Stalled', 'True', 'InstallFailed');
    expect(conditionOf(held, 'Ready')).to.include({ status: 'False', reason: 'InstallFailed' });
    expect(conditionOf(held, 'Ready')?.message).to.include('it stays in place by spec.update.onFailure Hold');
    expect(held.status?.installed?.revision).to.equal(second);
    await repository.commit(pluginFiles('3.0.0'));
    const asked = world.git.requests.lsRefs;
    await world.until('held', 'three more polls', () => world.git.requests.lsRefs >= asked + 3);
    expect(await agent.checks()).to.equal(checks + 1);
    const { status } = (await world.get('held')) ?? {};
    expect(status?.installed?.revision, 'what is in place').to.equal(second);
    await world.kubectl('annotate', 'wsp', 'held', `${RESET_AT}=now`);
    await world.until('held', 'the newer version', (plugin) => plugin.status?.installed?.version === '3.0.0');
    await world.ready('held');
  });

  it('stays held until a person approves what is newer, where approval is Manual', async () => {
    const { repository } = await followed('directory', 'asked', {
      approval: 'Manual',
      onFailure: 'Hold',
      healthCheck: CHECK,
    });
    const updates = new Updates(world);
    const second = await bad(repository, '2.0.0');
    await updates.approve(await updates.until('asked', second, 'Pending'));
    await updates.until('asked', second, 'Failed');
    const third = await repository.commit(pluginFiles('3.0.0'));
    const pending = await updates.until('asked', third, 'Pending');
    const way = `Hold; approve PluginUpdate ${pending.metadata.name}, name another`;
    await world.until('asked', 'the way on', (plugin) => stalledMessage(plugin).includes(way));
    await updates.approve(pending);
    await updates.until('asked', third, 'Applied');
    await world.installed('asked', third);
    await world.ready('asked');
  });

  it('that is a first install which fails is taken away again, until there is a newer version', async () => {
    const { repository, url } = await stage('directory', 'fresh');
    await bad(repository, '1.1.0');
    const update = { healthCheck: CHECK };
    await world.apply(world.plugin('fresh', 'fresh', { url, track: 'branch:main', update }));
    const failed = await world.condition('fresh', 'Stalled', 'True', 'RolledBack');
    expect(conditionOf(failed, 'Applied')).to.include({ status: 'False', reason: 'RolledBack' });
    expect(conditionOf(failed, 'Applied')?.message).to.include('it was taken away again');
    expect(await world.tree('fresh', 'fresh')).to.equal(undefined);
    const good = await repository.commit(pluginFiles('1.2.0'));
    await world.installed('fresh', good);
  });

  it('that a person named and that fails is said to be rolled back; the person goes back by a pin', async () => {
    const { repository, first, url } = await stage('directory', 'pinned');
    await repository.tag('v1', first);
    await repository.tag('v2', await bad(repository, '2.0.0'));
    const update = { healthCheck: CHECK };
    await world.apply(world.plugin('pinned', 'pinned', { url: `${url}#v1`, update }));
    await world.installed('pinned', first);
    await world.edit('pinned', { source: { url: `${url}#v2` } });
    const failed = await world.condition('pinned', 'Stalled', 'True', 'RolledBack');
    expect(conditionOf(failed, 'Ready')).to.include({ status: 'False', reason: 'RolledBack' });
    expect(conditionOf(failed, 'Intact')?.status).to.equal('True');
    expectInstalled(await world.tree('pinned', 'pinned'), pluginFiles('1.0.0'), { revision: first });
    await world.edit('pinned', { source: { url: `${url}#v1` } });
    const back = await world.installed('pinned', first);
    expect(conditionOf(back, 'Stalled')?.status).to.equal('False');
  });
});
