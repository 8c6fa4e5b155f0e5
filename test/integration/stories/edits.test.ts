// Story: somebody edits what is declared, and the workspace follows at once.
import { expect } from 'chai';
import { BED_TIMEOUT_MS } from '../support/bed.ts';
import { inFolder, pluginFiles } from './plugins.ts';
import { expectInstalled } from './tree.ts';
import { conditionOf, World } from './world.ts';

const OLD = pluginFiles('1.0.0');
const SUB = pluginFiles('1.5.0');
const NEW = pluginFiles('2.0.0', { 'rules/added.md': 'Be kind.\n' });

describe('an edited spec', () => {
  let world: World;
  let url: string;
  let first: string;
  let second: string;

  before(async function () {
    this.timeout(BED_TIMEOUT_MS);
    world = await World.open();
    url = world.git.urlOf('skills');
    const repository = await world.git.repository('skills');
    first = await repository.release('v1', OLD);
    second = await repository.release('v2', { ...NEW, ...inFolder('sub', SUB) });
    await world.apply(await world.workspace('alice'));
  });

  after(async () => world.close());

  it('with another #ref installs it, and back again swaps the snapshot in without a transfer', async () => {
    await world.apply(world.plugin('browser', 'alice', { url: `${url}#v1` }));
    await world.installed('browser', first);
    await world.edit('browser', { source: { url: `${url}#v2` } });
    const { status } = await world.installed('browser', second);
    expect(status?.previous?.map(({ revision }) => revision)).to.deep.equal([first]);
    const requests = world.git.requests;
    await world.edit('browser', { source: { url: `${url}#sha:${first}` } });
    await world.installed('browser', first);
    expectInstalled(await world.tree('alice', 'browser'), OLD, { revision: first });
    expect(world.git.requests).to.deep.equal(requests);
    const { status: back } = await world.installed('browser', first);
    expect(back?.history?.map(({ reason }) => reason)).to.deep.equal([
      'SpecChanged',
      'SpecChanged',
      'FirstInstall',
    ]);
  });

  it('with another path, track or url installs what that resolves to', async () => {
    await world.apply(world.plugin('moving', 'alice', { url, track: 'tag:v2' }));
    await world.installed('moving', second);
    await world.edit('moving', { source: { path: 'sub' } });
    const inSub = await world.until(
      'moving',
      'the files of the path',
      ({ status }) => status?.approved?.path === 'sub',
    );
    expectInstalled(await world.tree('alice', 'moving'), SUB, { revision: second });
    expect(inSub.status?.installed?.version).to.equal('1.5.0');
    await world.edit('moving', { source: { path: null }, track: 'tag:v1' });
    await world.installed('moving', first);
    const other = await world.git.repository('other');
    const elsewhere = await other.commit(pluginFiles('3.0.0'));
    await world.edit('moving', { source: { url: world.git.urlOf('other') }, track: 'branch:main' });
    await world.installed('moving', elsewhere);
    expectInstalled(await world.tree('alice', 'moving'), pluginFiles('3.0.0'), { revision: elsewhere });
  });

  it('that names another revision with the same content is approved without touching the files', async () => {
    const repository = await world.git.repository('same');
    const one = await repository.commit(inFolder('p', OLD));
    const two = await repository.commit({ ...inFolder('p', OLD), README: 'new\n' });
    const source = { url: `${world.git.urlOf('same')}#${one}`, path: 'p' };
    await world.apply(world.plugin('same', 'alice', { source }));
    await world.installed('same', one);
    const changes = world.tally.commandsOf('change');
    await world.edit('same', { source: { url: `${world.git.urlOf('same')}#${two}` } });
    const { status } = await world.until(
      'same',
      'the other revision',
      (p) => p.status?.approved?.revision === two,
    );
    expect(world.tally.commandsOf('change')).to.equal(changes);
    expect(status?.installed?.revision).to.equal(one);
    expectInstalled(await world.tree('alice', 'same'), OLD, { revision: one });
  });

  it('that asks for what is not there keeps the old version, and says so, until it appears', async () => {
    await world.apply(world.plugin('early', 'alice', { url: `${url}#v1` }));
    await world.installed('early', first);
    await world.edit('early', { source: { url: `${url}#v9` } });
    const plugin = await world.condition('early', 'Applied', 'False', 'SourceUnavailable');
    expect(conditionOf(plugin, 'SourceReady')).to.include({ status: 'False', reason: 'RefNotFound' });
    expect(conditionOf(plugin, 'Reconciling')).to.include({ status: 'True', reason: 'Retrying' });
    expect(plugin.status?.nextAttemptTime).to.be.a('string');
    expectInstalled(await world.tree('alice', 'early'), OLD, { revision: first });
    await (await world.git.repository('skills')).tag('v9', second);
    const { status } = await world.installed('early', second);
    expect(status).to.not.have.any.keys('failures', 'nextAttemptTime');
  });
});
