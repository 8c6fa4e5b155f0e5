// The manifest read back from a packed plugin is the one whose hash is its digest.
import { expect } from 'chai';
import fc from 'fast-check';
import type { Bundle } from '../../../lib/bundle/bundle.ts';
import { Manifests, manifestOf } from '../../../lib/bundle/contents.ts';
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

describe('Manifests', () => {
  /** Counts how often it is read. */
  async function counted(files: number, content: string): Promise<{ bundle: Bundle; reads: () => number }> {
    const names = Array.from({ length: files }, (_, index) => [`rules/${index}.md`, content]);
    const bundle = await bundleOf(Object.fromEntries(names) as Record<string, string>);
    let reads = 0;
    const open = (): AsyncIterable<Uint8Array> => {
      reads += 1;
      return bundle.open();
    };
    return { bundle: { ...bundle, open }, reads: () => reads };
  }

  it('reads a content once for all who ask, while there is room for it', async () => {
    const manifests = new Manifests(5);
    const [one, two, three] = [await counted(2, 'a'), await counted(2, 'b'), await counted(2, 'c')];
    await Promise.all([manifests.of(one.bundle), manifests.of(one.bundle), manifests.of(two.bundle)]);
    await manifests.of(one.bundle);
    expect([one.reads(), two.reads()]).to.deep.equal([1, 1]);
    // The one that was asked for the longest time ago makes room.
    await manifests.of(three.bundle);
    await manifests.of(one.bundle);
    await manifests.of(two.bundle);
    expect([one.reads(), two.reads(), three.reads()]).to.deep.equal([1, 2, 1]);
  });

  it('tells of one that is larger than all its room, and does not remember it', async () => {
    const manifests = new Manifests(1);
    const { bundle, reads } = await counted(2, 'a');
    expect(await manifests.of(bundle)).to.have.length(2);
    expect(await manifests.of(bundle)).to.have.length(2);
    expect(reads()).to.equal(2);
  });

  it('forgets one that could not be read', async () => {
    const manifests = new Manifests(5);
    const { bundle } = await counted(1, 'a');
    const damaged = await leftAs(bundle, (tar) => tar.subarray(0, 700));
    expect(await failureFrom(() => manifests.of(damaged))).to.include({ reason: 'FetchFailed' });
    expect(await manifests.of(bundle)).to.have.length(1);
  });
});
