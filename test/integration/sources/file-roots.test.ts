// Folders that only look as if they were below a permitted root.
import { appendFile, mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { createScratch, type Scratch } from '../../../lib/embedded/scratch.ts';
import { openRepository, type Repository } from '../../../lib/embedded/git-repository.ts';
import { createSources } from '../../../lib/sources/registry.ts';
import type { Resolved } from '../../../lib/sources/source.ts';
import { failureFrom } from '../../unit/bundle/expect-failure.ts';
import { configOf } from './worlds.ts';

describe('a folder as a source', () => {
  let scratch: Scratch;
  let inside: Repository;
  let outside: Repository;
  let revision: string;

  beforeEach(async () => {
    scratch = await createScratch('roots');
    await mkdir(join(scratch.path, 'root'));
    inside = await openRepository(join(scratch.path, 'root', 'repository'), process.env);
    outside = await openRepository(join(scratch.path, 'outside'), process.env);
    revision = await inside.commit({ 'plugin.yaml': 'version: 1' });
    await outside.commit({ secret: 'of somebody else' });
  });
  afterEach(() => scratch.remove());

  const root = (...names: readonly string[]): string => join(scratch.path, 'root', ...names);

  async function ask(path: string): Promise<Resolved> {
    const sources = createSources(
      configOf({ cacheDir: join(scratch.path, 'cache'), fileSourceRoots: [root()] }),
    );
    const location = sources.parse(`file://${path}`);
    const { repository } = location;
    const source = sources.of(location);
    return source.resolve({
      ...{ repository, selector: { kind: 'branch', name: 'main' }, notOlderThan: new Date() },
      ...{ retryIntervalMs: 1, intervalMs: 1, timeoutMs: 20_000, signal: new AbortController().signal },
    });
  }

  it('is read below the root, also by a link that stays there', async () => {
    await symlink(root('repository'), root('link'));
    expect((await ask(root('repository'))).revision).to.equal(revision);
    expect((await ask(root('link'))).revision).to.equal(revision);
  });

  const escapes: readonly (readonly [what: string, make: () => Promise<string>])[] = [
    ['a link to a repository outside', async () => linked(outside.path, root('escape'))],
    ['a link above it', async () => `${await linked(scratch.path, root('up'))}/outside`],
    ['a link to a link', async () => linked(await linked(outside.path, root('one')), root('two'))],
    ['a link back out of a folder', async () => linked('../outside', root('relative'))],
    ['objects that are elsewhere', async () => replaced('objects')],
    ['refs that are elsewhere', async () => replaced('refs')],
    ['a HEAD that is elsewhere', async () => replaced('HEAD')],
    ['a config that is elsewhere', async () => replaced('config')],
    ['packs that are elsewhere', async () => replaced('objects/pack')],
    ['one pack that is elsewhere', async () => linkedPart('objects/pack/pack-1.pack', 'config')],
    ['one object that is elsewhere', async () => linkedPart('objects/ff/0123', 'config')],
    ['a folder of objects that is elsewhere', async () => linkedPart('objects/fe', 'objects')],
    ['a branch that is elsewhere', async () => linkedPart('refs/heads/other', 'refs/heads/main')],
    ['branches that are elsewhere', async () => linkedPart('refs/heads/team', 'refs/heads')],
    ['packed refs that are elsewhere', async () => linkedPart('packed-refs', 'config')],
    ['a shallow border that is elsewhere', async () => linkedPart('shallow', 'HEAD')],
    [
      'a config that includes another',
      async () => configured('[core] [ InClude ]\n\tpath = ../../outside/config'),
    ],
    [
      'a config that includes another on a condition',
      async () => configured('[includeIf "gitdir:/"]\npath=/etc/x'),
    ],
    [
      'a config of its own that includes another',
      async () => configured('[include]\npath=/etc/x', 'config.worktree'),
    ],
    [
      'a promise that what is missing is elsewhere',
      async () => configured('[remote "x"]\n\turl = file:///etc\n\tuploadpack = touch\n\tpromisor = true'),
    ],
    [
      'alternates',
      async () => {
        await mkdir(root('repository', 'objects', 'info'), { recursive: true });
        await appendFile(root('repository', 'objects', 'info', 'alternates'), `${outside.path}/objects\n`);
        return root('repository');
      },
    ],
    [
      'a common folder elsewhere',
      async () => {
        await writeFile(root('repository', 'commondir'), `${outside.path}\n`);
        return root('repository');
      },
    ],
    [
      'a .git file that points elsewhere',
      async () => {
        await mkdir(root('worktree'));
        await writeFile(root('worktree', '.git'), `gitdir: ${outside.path}\n`);
        return root('worktree');
      },
    ],
    [
      'a .git link that points elsewhere',
      async () => {
        await mkdir(root('worktree'));
        await symlink(outside.path, root('worktree', '.git'));
        return root('worktree');
      },
    ],
  ];

  for (const [what, make] of escapes) {
    it(`is refused for ${what}`, async () => {
      const path = await make();
      const failure = await failureFrom(() => ask(path));
      expect(failure).to.include({ kind: 'Permanent', reason: 'NotPermitted' });
      expect(failure.message).to.contain(path.replace(/^.*\//, ''));
    });
  }

  it('is read when it has its repository below .git, and a file of the same name and .git lies beside it', async () => {
    await mkdir(root('worked-in'));
    await rename(root('repository'), root('worked-in', '.git'));
    await symlink(outside.path, root('worked-in.git'));
    expect((await ask(root('worked-in'))).revision).to.equal(revision);
  });

  it('is not waited for when it holds a FIFO', async () => {
    await rm(root('repository', 'packed-refs'), { force: true });
    await promisify(execFile)('mkfifo', [root('repository', 'packed-refs')]);
    const failure = await failureFrom(() => ask(root('repository')));
    expect(failure).to.include({ kind: 'Permanent', reason: 'NotPermitted' });
    expect(failure.message).to.contain('no file (packed-refs)');
  });

  it('is not given what git would find under another name', async () => {
    await mkdir(root('empty'));
    await symlink(outside.path, root('empty.git'));
    expect(await failureFrom(() => ask(root('empty')))).to.include({ reason: 'FetchFailed' });
  });

  async function linked(target: string, path: string): Promise<string> {
    await symlink(target, path);
    return path;
  }

  async function configured(text: string, name = 'config'): Promise<string> {
    await appendFile(root('repository', name), `${text}\n`);
    return root('repository');
  }

  /** A further part of the repository inside is one of the repository outside. */
  async function linkedPart(part: string, target: string): Promise<string> {
    await mkdir(dirname(root('repository', part)), { recursive: true });
    await symlink(join(outside.path, target), root('repository', part));
    return root('repository');
  }

  /** The part of the repository inside is that of the one outside. */
  async function replaced(part: string): Promise<string> {
    const place = root('repository', part);
    await mkdir(join(outside.path, 'objects', 'pack'), { recursive: true });
    await rm(place, { recursive: true, force: true });
    await symlink(join(outside.path, part), place);
    return root('repository');
  }

  it('is refused when it is swapped for a link after it was read once', async () => {
    await ask(root('repository'));
    await rename(root('repository'), root('away'));
    await symlink(outside.path, root('repository'));
    expect(await failureFrom(() => ask(root('repository')))).to.include({ reason: 'NotPermitted' });
  });
});
