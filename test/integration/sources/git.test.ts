// What git in particular must do: ask little, end on time, follow what moves, trust nobody.
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import type { RefSelector } from '../../../lib/sources/source.ts';
import { createSources } from '../../../lib/sources/registry.ts';
import { fetch, resolve } from '../../contract/source.ts';
import { failureFrom } from '../../unit/bundle/expect-failure.ts';
import { configOf, type GitWorld, openGit } from './worlds.ts';

const tag = (name: string): RefSelector => ({ kind: 'tag', name });

/** The command lines of running processes that name this text. */
async function processesNaming(text: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^[0-9]+$/.test(name));
  const lines = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  return lines.filter((line) => line.includes(text));
}

describe('the git source', () => {
  let world: GitWorld;
  let first: string;

  beforeEach(async () => {
    world = await openGit('http');
    first = await world.upstream.commit({ 'plugin.yaml': 'version: 1.0.0', 'a/x.md': 'a', 'b/y.md': 'b' });
    world.server.resetRequests();
  });
  afterEach(() => world.close());

  describe('asks little', () => {
    it('one question for all who follow a repository, whatever they follow there', async () => {
      await world.upstream.tag('v1.0.0', first);
      const notOlderThan = new Date();
      const selectors: RefSelector[] = [
        tag('v1.0.0'),
        { kind: 'latest' },
        { kind: 'semver', range: '^1' },
        { kind: 'branch', name: 'main' },
      ];
      const found = await Promise.all(
        selectors.map((selector) => resolve(world, { selector, notOlderThan })),
      );
      expect(new Set(found.map(({ revision }) => revision))).to.deep.equal(new Set([first]));
      expect(world.server.requests).to.deep.equal({ infoRefs: 1, lsRefs: 1, fetch: 0 });
    });

    it('nobody about a SHA', async () => {
      const resolved = await resolve(world, { selector: { kind: 'sha', sha: first } });
      expect(resolved).to.include({ revision: first, ref: first });
      expect(world.server.requests).to.deep.equal({ infoRefs: 0, lsRefs: 0, fetch: 0 });
    });

    it('one fetch a revision, for all the folders in it', async () => {
      const resolved = await resolve(world, { selector: { kind: 'sha', sha: first } });
      await Promise.all([undefined, 'a', 'b'].map((path) => fetch(world, resolved, { path })));
      await fetch(world, resolved, { path: 'a' });
      expect(world.server.requests).to.deep.equal({ infoRefs: 1, lsRefs: 0, fetch: 1 });
    });

    it('nothing again about what was packed before a restart', async () => {
      const resolved = await resolve(world);
      await fetch(world, resolved);
      world.server.resetRequests();
      await fetch(world.restart(), resolved);
      expect(world.server.requests).to.deep.equal({ infoRefs: 0, lsRefs: 0, fetch: 0 });
    });

    it('less of a repository that is broken', async () => {
      world.server.behave({ status: 503 });
      const patience = { notOlderThan: new Date(0), retryIntervalMs: 60_000, intervalMs: 600_000 };
      for (let visit = 0; visit < 10; visit += 1) {
        const failure = await failureFrom(() => resolve(world, patience));
        expect(failure).to.include({ kind: 'Transient', reason: 'FetchFailed' });
        expect(failure.retryAfterMs).to.be.within(50_000, 66_000);
      }
      expect(world.server.requests.infoRefs).to.equal(1);
    });

    it('less of one that refuses a revision, and again when it is wanted now', async () => {
      const resolved = await resolve(world);
      world.server.behave({ status: 503 });
      world.server.resetRequests();
      const retry = { retryIntervalMs: 60_000, intervalMs: 600_000 };
      for (let visit = 0; visit < 10; visit += 1) {
        const failure = await failureFrom(() => fetch(world, resolved, { retry }));
        expect(failure).to.include({ kind: 'Transient', reason: 'FetchFailed' });
      }
      expect(world.server.requests.infoRefs).to.equal(1);
      world.server.behave('Serve');
      expect((await fetch(world, resolved, { retry: undefined })).revision).to.equal(first);
    });
  });

  describe('ends on time', () => {
    it('with a question nobody answers, and leaves no process behind', async () => {
      world.server.behave('Hang');
      const failure = await failureFrom(() => resolve(world, { timeoutMs: 300 }));
      expect(failure).to.include({ kind: 'Transient', reason: 'FetchFailed' });
      expect(failure.message).to.contain('took longer');
      expect(await processesNaming(world.server.url)).to.deep.equal([]);
    });

    it('with a fetch nobody answers, and can fetch again afterwards', async () => {
      const resolved = await resolve(world);
      world.server.behave('Hang');
      const failure = await failureFrom(() => fetch(world, resolved, { timeoutMs: 300 }));
      expect(failure).to.include({ kind: 'Transient', reason: 'FetchFailed' });
      expect(await processesNaming(world.server.url)).to.deep.equal([]);
      world.server.behave('Serve');
      expect((await fetch(world, resolved)).revision).to.equal(first);
    });

    it('when the only one who waits is told to stop', async () => {
      world.server.behave('Hang');
      const stop = new AbortController();
      const resolved = { revision: first, ref: 'main', time: new Date() };
      const failed = failureFrom(() => fetch(world, resolved, { signal: stop.signal }));
      while (world.server.requests.infoRefs === 0) await new Promise(setImmediate);
      stop.abort();
      expect(await failed).to.include({ kind: 'Transient' });
      const deadline = Date.now() + 5_000;
      while ((await processesNaming(world.server.url)).length > 0 && Date.now() < deadline)
        await new Promise(setImmediate);
      expect(await processesNaming(world.server.url)).to.deep.equal([]);
    });
  });

  describe('follows', () => {
    it('a tag that moves, and tells who listens', async () => {
      const changed: string[] = [];
      world.sources.onChange((repository) => changed.push(repository));
      await world.upstream.tag('v1', first, { message: 'one' });
      expect((await resolve(world, { selector: tag('v1') })).revision).to.equal(first);
      const second = await world.upstream.release('v1', { 'plugin.yaml': 'version: 2.0.0' });
      expect(await resolve(world, { selector: tag('v1') })).to.include({ revision: second, ref: 'v1' });
      expect(changed).to.deep.equal([world.repository]);
    });

    it('a branch that was forced elsewhere', async () => {
      await world.upstream.git(['update-ref', '-d', 'refs/heads/main']);
      const other = await world.upstream.commit({ other: 'history' });
      expect((await fetch(world, await resolve(world))).revision).to.equal(other);
    });

    it('nothing that was deleted, and does not take it for unreachable', async () => {
      await world.upstream.tag('v1.0', first);
      await resolve(world, { selector: tag('v1.0') });
      await world.upstream.deleteRef('refs/tags/v1.0');
      await world.upstream.tag('v1.1', first);
      const failure = await failureFrom(() => resolve(world, { selector: tag('v1.0') }));
      expect(failure).to.include({ kind: 'Transient', reason: 'RefNotFound' });
      expect(failure.message).to.contain('"v1.1"');
    });

    it('the default branch, only where that is allowed', async () => {
      const failure = await failureFrom(() => resolve(world, { selector: undefined }));
      expect(failure).to.include({ kind: 'Permanent', reason: 'UnpinnedSource' });
      const cacheDir = join(world.server.root, 'cache');
      const source = createSources(configOf({ cacheDir, allowUnpinned: true })).of({
        kind: 'git',
        repository: '',
      });
      expect(await resolve({ ...world, source }, { selector: undefined })).to.include({
        revision: first,
        ref: 'HEAD',
      });
    });
  });

  describe('fetches', () => {
    it('a commit that no ref points at any more', async () => {
      await world.upstream.commit({ 'plugin.yaml': 'version: 2.0.0' });
      const bundle = await fetch(world, { revision: first, ref: 'main', time: new Date() });
      expect(bundle.version).to.equal('1.0.0');
    });

    for (const ref of ['v1', 'main', 'gone']) {
      it(`from an old server that refuses bare SHAs, a commit found as ${ref}`, async () => {
        await world.upstream.tag('v1', first, { message: 'annotated' });
        if (ref !== 'v1') await world.upstream.commit({ 'plugin.yaml': 'version: 2.0.0' });
        world.server.behave('ServeOld');
        expect((await fetch(world, { revision: first, ref, time: new Date() })).version).to.equal('1.0.0');
      });
    }

    it('from a repository whose hashes are sha256', async () => {
      const path = join(world.server.root, 'wide');
      await world.upstream.git(['init', '--quiet', '--bare', '--object-format=sha256', '-b', 'main', path]);
      const wide = await world.server.repository('wide');
      const revision = await wide.commit({ 'plugin.yaml': 'version: 3' });
      const { repository } = world.sources.parse(world.server.urlOf('wide'));
      const there = { ...world, repository };
      expect(revision).to.have.length(64);
      expect((await fetch(there, await resolve(there))).version).to.equal('3');
    });

    it('files as they are in the commit: no filter, no attribute, no submodule, no hook has a say', async () => {
      const files = {
        '.gitattributes': '* filter=lfs eol=crlf ident export-ignore\n',
        '.gitmodules': '[submodule "x"]\n\tpath = x\n\turl = https://example.com/x\n',
        'a.md': '$Id$\nversion https://git-lfs.github.com/spec/v1\n',
      };
      await world.upstream.commit(files);
      const expected = Object.values(files).join('').length;
      expect(await fetch(world, await resolve(world))).to.include({ files: 3, bytes: expected });
    });

    it('past what a killed controller left behind', async () => {
      const cache = join(world.server.root, 'cache');
      await mkdir(join(cache, 'git', 'left', 'objects', 'pack'), { recursive: true });
      await writeFile(join(cache, 'git', 'left', 'shallow.lock'), '');
      const source = createSources(configOf({ cacheDir: cache })).of({ kind: 'git', repository: '' });
      await fetch({ ...world, source }, await resolve({ ...world, source }));
      expect(await readdir(join(cache, 'git')))
        .to.have.length(1)
        .and.not.include('left');
    });
  });

  describe('says what is wrong', () => {
    for (const [status, reason, words] of [
      [401, 'AuthFailed', 'wants credentials'],
      [403, 'AuthFailed', '403'],
      [404, 'FetchFailed', 'not found'],
      [500, 'FetchFailed', '500'],
    ] as const) {
      it(`when the server answers ${status}`, async () => {
        world.server.behave({ status });
        const failure = await failureFrom(() => resolve(world));
        expect(failure).to.include({ kind: 'Transient', reason });
        expect(failure.message).to.contain(words).and.contain(world.repository);
      });
    }

    it('when git is not there', async () => {
      const cacheDir = join(world.server.root, 'cache');
      const source = createSources(configOf({ cacheDir, searchPath: '/nonexistent' })).of({
        kind: 'git',
        repository: '',
      });
      const failure = await failureFrom(() => resolve({ ...world, source }));
      expect(failure).to.include({ kind: 'Transient', reason: 'FetchFailed' });
      expect(failure.message).to.contain('git could not be started');
    });

    it('when a folder leads out of the roots by a symlink', async () => {
      const outside = await openGit('file');
      await symlink(outside.upstream.path, join(world.server.root, 'escape'));
      const repository = `file://${world.server.root}/escape`;
      expect(world.sources.parse(repository).repository).to.equal(repository);
      const failure = await failureFrom(() => resolve({ ...world, repository }));
      await outside.close();
      expect(failure).to.include({ kind: 'Permanent', reason: 'NotPermitted' });
    });
  });
});
