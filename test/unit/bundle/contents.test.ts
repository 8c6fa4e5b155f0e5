// The manifest read back from a packed plugin is the one whose hash is its digest.
import { expect } from 'chai';
import fc from 'fast-check';
import type { Bundle } from '../../../lib/bundle/bundle.ts';
import { manifestOf } from '../../../lib/bundle/contents.ts';
import { digestOf } from '../../../lib/bundle/digest.ts';
import { formatManifest } from '../../../lib/bundle/manifest.ts';
import { bundleOf, tarOf } from '../../contract/bundles.ts';
import { failureFrom } from './expect-failure.ts';
import { treesOf } from './trees.ts';

/** The same bundle, with its tar as somebody left it, in pieces of this many bytes. */
async function leftAs(bundle: Bundle, change: (tar: Buffer) => Buffer, pieceBytes = 100): Promise<Bundle> {
  const tar = change(await tarOf(bundle));
  const pieces = Array.from({ length: Math.ceil(tar.length / pieceBytes) }, (_, index) =>
    tar.subarray(index * pieceBytes, (index + 1) * pieceBytes),
  );
  return {
    ...bundle,
    async *open() {
      yield* await Promise.resolve(pieces);
    },
  };
}

describe('manifestOf', () => {
  it('lists every file of any tree, however its tar arrives', async () => {
    await fc.assert(
      fc.asyncProperty(treesOf(), fc.integer({ min: 1, max: 2_000 }), async (files, pieceBytes) => {
        const bundle = await bundleOf(files);
        const manifest = await manifestOf(await leftAs(bundle, (tar) => tar, pieceBytes));
        expect(digestOf(formatManifest(manifest))).to.equal(bundle.digest);
        expect(manifest.map(({ path }) => path)).to.have.members(Object.keys(files));
      }),
      { numRuns: 50 },
    );
  });

  for (const [what, change] of [
    ['is cut off', (tar) => tar.subarray(0, 700)],
    [
      'has another content',
      (tar) => Buffer.from(tar.map((byte, index) => (index === 512 ? byte ^ 1 : byte))),
    ],
    ['has another header', (tar) => Buffer.from(tar.map((byte, index) => (index === 156 ? 0x32 : byte)))],
    [
      'has a size that is none',
      (tar) => Buffer.from(tar.map((byte, index) => (index === 130 ? 0x78 : byte))),
    ],
  ] satisfies readonly (readonly [string, (tar: Buffer) => Buffer])[]) {
    it(`believes no tar that ${what}`, async () => {
      const bundle = await leftAs(await bundleOf({ 'rules/a.md': 'Be kind.\n' }), change);
      const failure = await failureFrom(() => manifestOf(bundle));
      expect(failure).to.include({ kind: 'Transient', reason: 'FetchFailed' });
      expect(failure.message).to.match(/is damaged: it /);
    });
  }
});
