// Plugins of large files, as honest people have them: taken within the memory that git may have.
import { randomBytes } from 'node:crypto';
import { Buffer } from 'node:buffer';
import { expect } from 'chai';
import type { RepositoryFiles } from '../../../lib/embedded/git-repository.ts';
import { fetch } from '../../contract/source.ts';
import { failureFrom } from '../../unit/bundle/expect-failure.ts';
import { type GitWorld, openGit } from './worlds.ts';

const MIB = 1024 * 1024;
const timeoutMs = 120_000;

/** Bytes without end that hardly compress, or do so by half; equal seeds make equal bytes. */
function letters(bytes: number): Buffer {
  return Buffer.from(randomBytes(bytes / 2).toString('hex'), 'latin1');
}

/** The same but for one byte in the middle. */
function almost(content: Buffer): Buffer {
  const changed = Buffer.from(content);
  changed[content.length / 2] = 0x21;
  return changed;
}

describe('a plugin of large files', function () {
  this.timeout(3 * timeoutMs);
  let world: GitWorld;

  const begin = async (scheme: 'http' | 'file') => {
    world = await openGit(scheme);
    await world.upstream.git(['config', 'core.compression', '1']);
  };
  afterEach(() => world.close());

  const publish = async (files: RepositoryFiles) => {
    const revision = await world.upstream.commit(files);
    return { revision, ref: 'main', time: new Date() };
  };

  for (const [scheme, what, content] of [
    ['http', 'do not compress', () => randomBytes(70 * MIB)],
    ['file', 'do not compress', () => randomBytes(70 * MIB)],
  ] as const) {
    it(`is taken with 70 MiB that ${what}, over ${scheme}`, async () => {
      await begin(scheme);
      const resolved = await publish({ a: content() });
      expect((await fetch(world, resolved, { timeoutMs })).bytes).to.equal(70 * MIB);
    });
  }

  it('is taken where one of two was packed as a difference to the other', async () => {
    await begin('http');
    const content = letters(30 * MIB);
    const resolved = await publish({ 'a.txt': content, 'b.txt': almost(content) });
    await world.upstream.git(['repack', '-adfq']);
    expect((await fetch(world, resolved, { timeoutMs })).files).to.equal(2);
  });

  it('is taken at its next version, of which only the difference is sent to who has the one before', async () => {
    await begin('http');
    const content = randomBytes(70 * MIB);
    await fetch(world, await publish({ a: content }), { timeoutMs });
    const second = await publish({ a: almost(content) });
    expect((await fetch(world, second, { timeoutMs })).files).to.equal(1);
  });

  it('is refused with what to do where its folder holds it as a difference that takes too much', async () => {
    await begin('file');
    const content = randomBytes(70 * MIB);
    const smaller = await publish({ a: content });
    await publish({ a: Buffer.concat([almost(content), Buffer.from('more')]) });
    await world.upstream.git(['repack', '-adfq']);
    const failure = await failureFrom(() => fetch(world, smaller, { timeoutMs }));
    expect(failure).to.include({ kind: 'Permanent', reason: 'TooLarge' });
    expect(failure.message).to.contain('core.bigFileThreshold=16m repack -adF');

    await world.upstream.git(['-c', 'core.bigFileThreshold=16m', 'repack', '-adFq']);
    expect((await fetch(world, smaller, { timeoutMs })).files).to.equal(1);
  });
});
