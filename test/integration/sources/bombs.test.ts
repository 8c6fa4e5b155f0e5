// Packs that burst when git looks into them: refused for good, before they take memory.
import { join } from 'node:path';
import { expect } from 'chai';
import { createScratch, type Scratch } from '../../../lib/embedded/scratch.ts';
import { createSources, type Sources } from '../../../lib/sources/registry.ts';
import { failureFrom } from '../../unit/bundle/expect-failure.ts';
import { BOMBS, nested } from './bombs.ts';
import { type PackServer, startPackServer } from './pack-server.ts';
import { commit, object, packOf, tree } from './raw-pack.ts';
import { type WeighedGit, weighedGit } from './weighed-git.ts';
import { configOf } from './worlds.ts';

const MIB = 1024 * 1024;
/** What git may hold, and beside that its program, and the windows through which it looks at packs. */
const MOST_BYTES = 128 * MIB + 32 * MIB;

describe('a server that sends more than it seems', () => {
  let scratch: Scratch;
  let server: PackServer;
  let sources: Sources;
  let git: WeighedGit;

  before(async () => {
    scratch = await createScratch('bombs');
    server = await startPackServer();
    git = await weighedGit(scratch.path);
    const cacheDir = join(scratch.path, 'cache');
    sources = createSources(configOf({ cacheDir, searchPath: git.searchPath }));
  });
  after(async () => {
    await server[Symbol.asyncDispose]();
    await scratch.remove();
  });

  const fetch = (repository: string, revision: string) =>
    sources.of({ kind: 'git', repository }).fetch({
      ...{ repository, revision, ref: 'v1', path: undefined, timeoutMs: 60_000 },
      signal: new AbortController().signal,
    });

  it('is taken with what is honest', async () => {
    const blob = await object('blob', 'x');
    const root = await tree([['100644', 'a', blob.id]]);
    const head = await commit(root.id);
    const bundle = await fetch(server.offer({ pack: packOf([head, root, blob]) }), head.id);
    expect(bundle.files).to.equal(1);
  });

  for (const [what, make] of BOMBS) {
    it(`is refused for good with ${what}`, async () => {
      const { pack, revision } = await make();
      const repository = server.offer({ pack });
      const failure = await failureFrom(() => fetch(repository, revision));
      expect(failure).to.include({ kind: 'Permanent', reason: 'TooLarge' });
      expect(failure.message).to.contain(repository);
    });
  }

  it('is refused for good with 1,000 folders in each other', async () => {
    const { pack, revision } = await nested(1_000);
    const failure = await failureFrom(() => fetch(server.offer({ pack }), revision));
    expect(failure).to.include({ kind: 'Permanent', reason: 'InvalidContent' });
    expect(failure.message).to.contain('"d/d/d/');
  });

  const SHA = '1'.repeat(40);
  const endless = function* (ref: string): Generator<string> {
    for (let nth = 0; ; nth += 1) yield `${SHA} refs/tags/${ref.repeat(200)}${nth}`;
  };
  for (const [what, refs, words] of [
    ['refs without end', endless('x'), 'MiB'],
    [
      'more refs than anybody needs',
      Array.from({ length: 20_001 }, (_, nth) => `${SHA} refs/heads/b${nth}`),
      '20001',
    ],
    ['a list of refs that is too long', endless('x').take(100_000), '16777216 bytes'],
  ] as const) {
    it(`is refused for good with ${what}`, async () => {
      const repository = server.offer({ refs });
      const failure = await failureFrom(() =>
        sources.of({ kind: 'git', repository }).resolve({
          ...{ repository, selector: { kind: 'latest' }, notOlderThan: new Date() },
          ...{ retryIntervalMs: 1, intervalMs: 1, timeoutMs: 60_000 },
          signal: new AbortController().signal,
        }),
      );
      expect(failure).to.include({ kind: 'Permanent', reason: 'TooLarge' });
      expect(failure.message).to.contain(repository).and.contain(words);
    });
  }

  it('has cost no git more memory than it may have', async () => {
    const mostBytes = await git.mostBytes();
    process.stdout.write(`      ${Math.ceil(mostBytes / MIB)} MiB were the most\n`);
    expect(mostBytes).to.be.within(MIB, MOST_BYTES);
  });
});
