// A cache that somebody empties while the controller runs: it is said as it is, and made again.
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { createScratch, type Scratch } from '../../../lib/embedded/scratch.ts';
import { GitRunner } from '../../../lib/sources/git-process.ts';
import { tarOf } from '../../contract/bundles.ts';
import { fetch, resolve } from '../../contract/source.ts';
import { waitFor } from '../../support/wait-for.ts';
import { failureFrom } from '../../unit/bundle/expect-failure.ts';
import { type GitWorld, openGit } from './worlds.ts';

const MAX_BYTES = 1_024;
const PATIENCE_MS = 20_000;

describe('a cache that is removed while the controller runs', () => {
  let world: GitWorld;

  beforeEach(async () => {
    world = await openGit('http');
    await world.publish({ 'plugin.yaml': 'version: 1.0.0' });
  });
  afterEach(() => world.close());

  for (const part of ['.', 'git', 'bundles', 'bundles/tar', 'bundles/tmp', 'bundles/index']) {
    it(`is made again, and serves what it had and what is new (${part})`, async () => {
      const first = await resolve(world);
      const before = await tarOf(await fetch(world, first));

      await rm(join(world.cacheDir, part), { recursive: true });
      const after = await tarOf(await fetch(world, await resolve(world)));
      await rm(join(world.cacheDir, part), { recursive: true, force: true });
      await world.publish({ 'plugin.yaml': 'version: 2.0.0' });
      const second = await resolve(world);
      const newer = await fetch(world, second);

      expect(after.equals(before)).to.be.true;
      expect(newer.revision).to.equal(second.revision).and.not.equal(first.revision);
      expect((await tarOf(newer)).toString('latin1')).to.contain('version: 2.0.0');
    });
  }

  it('is named where git was at work in it, and the next attempt succeeds', async () => {
    const found = await resolve(world);
    const asked = world.server.requests.infoRefs;
    world.server.behave('Hang');
    const failing = failureFrom(() => fetch(world, found));
    await waitFor('git to ask for the revision', () => world.server.requests.infoRefs > asked, PATIENCE_MS);
    await rm(join(world.cacheDir, 'git'), { recursive: true });
    await world.server.pause();
    const failure = await failing;
    world.server.behave('Serve');
    await world.server.resume();

    expect(failure).to.include({ kind: 'Transient', reason: 'FetchFailed' });
    expect(failure.message).to.contain('was removed while the controller runs').and.not.contain('PATH');
    expect((await fetch(world, found)).revision).to.equal(found.revision);
  });
});

describe('git that cannot be started', () => {
  let scratch: Scratch;
  const signal = new AbortController().signal;

  beforeEach(async () => {
    scratch = await createScratch('git');
  });
  afterEach(() => scratch.remove());

  it('is looked for on the PATH when its folder is there', async () => {
    const [home, empty] = [join(scratch.path, 'home'), join(scratch.path, 'empty')];
    await mkdir(home);
    await mkdir(empty);
    const git = new GitRunner({ searchPath: empty, home });
    const failure = await failureFrom(async () =>
      git.run({ args: ['version'], gitDir: home, signal }, MAX_BYTES),
    );
    expect(failure).to.include({ kind: 'Transient', reason: 'FetchFailed' });
    expect(failure.message).to.contain("must be on the controller's PATH");
  });

  it('is not, when its folder has been removed', async () => {
    const home = join(scratch.path, 'gone');
    const git = new GitRunner({ searchPath: process.env['PATH'] ?? '', home });
    const failure = await failureFrom(async () =>
      git.run({ args: ['version'], gitDir: home, signal }, MAX_BYTES),
    );
    expect(failure).to.include({ kind: 'Transient', reason: 'FetchFailed' });
    expect(failure.message).to.contain('was removed while the controller runs').and.not.contain('PATH');
  });
});
