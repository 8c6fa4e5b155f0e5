// Story: what cannot or may not be done is refused, with a reason and a way out, and nothing is touched.
import { chmod, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { waitFor } from '../../support/wait-for.ts';
import { BED_TIMEOUT_MS } from '../support/bed.ts';
import { pluginFiles } from './plugins.ts';
import { conditionOf, World, type PluginOptions } from './world.ts';

describe('a refusal', () => {
  let world: World;
  let url: string;

  before(async function () {
    this.timeout(BED_TIMEOUT_MS);
    world = await World.open();
    url = world.git.urlOf('skills');
    const repository = await world.git.repository('skills');
    await repository.tag('v1', await repository.commit(pluginFiles('1.0.0')));
    await world.apply(await world.workspace('alice'));
  });

  after(async () => world.close());

  const sources: Readonly<
    Record<string, readonly [reason: string, options: () => PluginOptions, words: RegExp]>
  > = {
    unpinned: ['UnpinnedSource', () => ({ url }), /add a #ref, or set track/],
    badurl: ['InvalidURL', () => ({ url: 'https://example.com/repository?a=b#main' }), /has a query/],
    badtrack: ['InvalidTrack', () => ({ url: `${url}#v1`, track: 'semver:^^' }), /no valid range/],
    outside: ['NotPermitted', () => ({ url: 'file:///etc#main' }), /--file-source-root/],
    ours: ['InvalidContent', () => ({ url: `${world.git.urlOf('ours')}#main` }), /\.complete/],
    altered: [
      'VerificationFailed',
      () => ({ source: { url: `${url}#v1`, verify: { pluginYAMLSHA256: '0'.repeat(64) } } }),
      /plugin\.yaml/,
    ],
    large: ['TooLarge', () => ({ url: `${world.git.urlOf('large')}#main` }), /10,?000/],
  };

  it('of a source says why, stalls, and installs nothing', async () => {
    await (await world.git.repository('ours')).commit(pluginFiles('1.0.0', { '.complete': '{}' }));
    const many = Array.from({ length: 10_001 }, (_, index) => [`assets/${index}`, 'x'] as const);
    await (await world.git.repository('large')).commit(Object.fromEntries(many));
    await world.apply(
      ...Object.entries(sources).map(([name, [, options]]) => world.plugin(name, 'alice', options())),
    );
    for (const [name, [reason, , words]] of Object.entries(sources)) {
      const plugin = await world.condition(name, 'SourceReady', 'False', reason);
      expect(conditionOf(plugin, 'SourceReady')?.message, name).to.match(words);
      expect(conditionOf(plugin, 'Stalled'), name).to.include({ status: 'True', reason });
      expect(conditionOf(plugin, 'Ready')?.status, name).to.equal('False');
      expect(await world.tree('alice', name), name).to.equal(undefined);
    }
    expect(conditionOf(await world.get('outside'), 'Applied')?.reason).to.equal('NotPermitted');
  });

  it('of a directory outside the roots, also by a symlink, names the flag', async () => {
    await symlink('/etc', world.folder('link'));
    const outside = await world.workspace('outside', { runtime: { directory: { path: '/etc' } } });
    const linked = { ...outside, metadata: { ...outside.metadata, name: 'linked' } };
    const spec = { runtime: { directory: { path: world.folder('link') } } };
    await world.apply(outside, { ...linked, spec }, world.plugin('astray', 'outside', { url: `${url}#v1` }));
    for (const name of ['outside', 'linked']) {
      const workspace = await world.untilWorkspace(
        name,
        (one) => conditionOf(one, 'Stalled')?.status === 'True',
      );
      expect(conditionOf(workspace, 'Ready')).to.include({ status: 'False', reason: 'RuntimeNotPermitted' });
      expect(conditionOf(workspace, 'Ready')?.message).to.include('--directory-root');
    }
    await world.condition('astray', 'Stalled', 'True', 'RuntimeNotPermitted');
  });

  it('of a directory that another Workspace manages names that one, until it is gone', async () => {
    await world.apply(world.plugin('resident', 'alice', { url: `${url}#v1` }));
    await world.ready('resident');
    const manifest = await world.workspace('taken', {
      runtime: { directory: { path: world.folder('alice') } },
    });
    await world.apply(manifest, world.plugin('intruder', 'taken', { url: `${url}#v1` }));
    const plugin = await world.condition('intruder', 'Stalled', 'True', 'AlreadyManaged');
    expect(conditionOf(plugin, 'Stalled')?.message).to.include(`${world.namespace}/alice`);
    expect(await world.tree('alice', 'intruder')).to.equal(undefined);
    await world.kubectl('delete', 'ws', 'taken', '--timeout=30s');
  });

  it('of a Secret that is missing names it', async () => {
    const docker = { container: 'alice', engineSecretRef: { name: 'nowhere' } };
    await world.apply(await world.workspace('secret', { runtime: { docker } }));
    const workspace = await world.untilWorkspace(
      'secret',
      (one) => conditionOf(one, 'Stalled')?.status === 'True',
    );
    expect(conditionOf(workspace, 'Ready')).to.include({ status: 'False', reason: 'InvalidSecret' });
    expect(conditionOf(workspace, 'Ready')?.message).to.include(`${world.namespace}/nowhere`);
  });

  it('of a folder that is missing is no refusal: it is waited for', async () => {
    const manifest = await world.workspace('missing', {
      runtime: { directory: { path: world.folder('none') } },
    });
    await world.apply(manifest, world.plugin('waiting', 'missing', { url: `${url}#v1` }));
    const plugin = await world.condition('waiting', 'Ready', 'Unknown', 'WorkspaceUnreachable');
    expect(conditionOf(plugin, 'Reconciling')).to.include({ status: 'True', reason: 'Retrying' });
    await mkdir(world.folder('none'));
    await world.own('none');
    await world.ready('waiting');
  });

  it('of a plugins folder that the owner may not write, or cannot replace, says so until it is mended', async () => {
    const manifests = await Promise.all(['locked', 'sticky'].map((name) => world.workspace(name)));
    for (const name of ['locked', 'sticky']) {
      await mkdir(world.live(name, 'kept'), { recursive: true });
      await writeFile(world.live(name, 'kept', 'notes.md'), 'mine\n');
    }
    // As in /tmp, everybody may write there, and nobody rename what is another's.
    await chmod(world.folder('sticky', 'configs', 'plugins'), 0o1777);
    const names = { locked: 'NotWritable', sticky: 'ForeignContent' };
    await world.apply(
      ...manifests,
      ...Object.keys(names).map((name) => world.plugin(name, name, { pluginName: 'kept', url: `${url}#v1` })),
    );
    for (const [name, reason] of Object.entries(names)) {
      const plugin = await world.condition(name, 'Stalled', 'True', reason);
      expect(conditionOf(plugin, 'Applied'), name).to.include({ status: 'False', reason: 'InstallFailed' });
      expect((await world.tree(name, 'kept'))?.['notes.md']?.content, name).to.equal('mine\n');
      await world.own(name);
    }
    await world.ready(...Object.keys(names));
  });

  it('by a newer ticket in the workspace is overruled by the only controller, and told of', async () => {
    await world.apply(
      await world.workspace('fenced'),
      world.plugin('fenced', 'fenced', { url: `${url}#v1` }),
    );
    await world.ready('fenced');
    const ticket = join(world.folder('fenced'), 'configs', 'plugins', '.controller', '.ticket');
    await writeFile(ticket, '99999999999999 1 1\n');
    await world.apply(world.plugin('late', 'fenced', { url: `${url}#v1` }));

    await world.ready('late');

    expect(await readFile(ticket, 'utf8')).to.match(/^\d{13} 0 \d+\n$/);
    await waitFor('the event', async () => {
      const text = await world.kubectl('get', 'events', '-o', 'jsonpath={.items[*].reason}');
      return text.split(' ').includes('TicketOverruled');
    });
  });
});

describe('a refusal of the machine', () => {
  it('to a namespace that may not use its runtimes names the flag, and touches nothing', async () => {
    const world = await World.open({ flags: ['--host-namespace=another'], isHost: false });
    try {
      await world.apply(
        await world.workspace('alice'),
        world.plugin('browser', 'alice', { url: 'local://none' }),
      );
      const plugin = await world.condition('browser', 'Stalled', 'True', 'RuntimeNotPermitted');
      expect(conditionOf(plugin, 'Stalled')?.message).to.include(`--host-namespace=${world.namespace}`);
      expect(world.tally.commands).to.deep.equal([]);
    } finally {
      await world.close();
    }
  });

  const programs: Readonly<Record<string, readonly [reason: string, program: string, words: RegExp]>> = {
    'lacks a tool': ['TargetToolMissing', '#!/bin/sh\nexec /bin/sh "$@"\n', /has no tar; install it/],
    'says too much': ['AnswerTooLong', '#!/bin/sh\nexec /usr/bin/yes\n', /more than \d+ bytes/],
  };

  for (const [what, [reason, program, words]] of Object.entries(programs)) {
    it(`that ${what} stalls the workspace and its plugins`, async () => {
      const world = await World.open({ withController: false });
      try {
        const bin = world.folder('bin');
        await mkdir(bin);
        await writeFile(join(bin, 'sh'), program, { mode: 0o755 });
        await symlink('/usr/bin/git', join(bin, 'git'));
        await world.start({ searchPath: bin });
        await world.apply(
          await world.workspace('alice'),
          world.plugin('browser', 'alice', { url: 'local://none' }),
        );
        const plugin = await world.condition('browser', 'Stalled', 'True', reason);
        expect(conditionOf(plugin, 'Stalled')?.message).to.match(words);
        const workspace = await world.untilWorkspace(
          'alice',
          (one) => conditionOf(one, 'Stalled')?.status === 'True',
        );
        expect(conditionOf(workspace, 'Ready')).to.include({ status: 'False', reason });
      } finally {
        await world.close();
      }
    });
  }
});
