// Story: somebody declares a plugin, and it is there.
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { BED_TIMEOUT_MS } from '../support/bed.ts';
import { pluginFiles, writeFiles } from './plugins.ts';
import { expectInstalled } from './tree.ts';
import { conditionOf, World } from './world.ts';

const FILES = pluginFiles('1.0.0');
const TEXTS = { 'plugin.yaml': 'name: notes\nversion: 0.1.0\n', 'rules/notes.md': 'Take notes.\n' };

describe('a first install', () => {
  let world: World;
  let revision: string;

  before(async function () {
    this.timeout(BED_TIMEOUT_MS);
    world = await World.open();
    const repository = await world.git.repository('skills');
    revision = await repository.release('v1.0.0', { ...FILES, link: { linkTo: 'plugin.yaml' } });
    await world.apply(await world.workspace('alice'));
  });

  after(async () => world.close());

  it('puts the files of a tag into the workspace, marked, listed and owned by the agent', async () => {
    await world.apply(world.plugin('browser', 'alice', { url: `${world.git.urlOf('skills')}#v1.0.0` }));
    await world.kubectl('wait', '--for=condition=Ready', '--timeout=30s', 'wsp/browser');
    const plugin = await world.condition('browser', 'Intact', 'True', 'DigestMatches');
    expectInstalled(await world.tree('alice', 'browser'), FILES, { revision });
    expect(plugin.status?.installed).to.include({ revision, short: revision.slice(0, 12), version: '1.0.0' });
    expect(conditionOf(plugin, 'Drifted')).to.include({ status: 'False', reason: 'NotTracked' });
    expect(world.tally.commandsOf('change')).to.equal(1);
  });

  it('comes as well from a repository on this machine', async () => {
    const url = `file://${join(world.git.root, 'skills')}#branch:main`;
    await world.apply(world.plugin('filed', 'alice', { url }));
    await world.installed('filed', revision);
    expectInstalled(await world.tree('alice', 'filed'), FILES, { revision });
  });

  it('comes as well from the catalog, whose revision is the digest of its content, and never drifts', async () => {
    await writeFiles(join(world.catalog, 'notes'), TEXTS);
    await world.apply(world.plugin('notes', 'alice', { url: 'local://notes' }));
    const plugin = (await world.ready('notes'))[0];
    expectInstalled(await world.tree('alice', 'notes'), TEXTS, {
      revision: plugin?.status?.approved?.digest ?? '',
    });
    expect(conditionOf(plugin, 'Drifted')).to.include({ status: 'False', reason: 'NotTracked' });
  });

  it('of something that the catalog lacks happens as soon as it is there', async () => {
    await world.apply(world.plugin('later', 'alice', { url: 'local://later' }));
    await world.condition('later', 'SourceReady', 'False', 'FetchFailed');
    await writeFiles(join(world.catalog, '.later'), TEXTS);
    await rename(join(world.catalog, '.later'), join(world.catalog, 'later'));
    await world.ready('later');
    expectInstalled(await world.tree('alice', 'later'), TEXTS);
  });
});
