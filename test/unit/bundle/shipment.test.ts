// Many plugins in one tar: each below its folder, with its manifest, and as long as is said before it begins.
import { expect } from 'chai';
import fc from 'fast-check';
import { extract } from 'tar-stream';
import { manifestOf } from '../../../lib/bundle/contents.ts';
import { formatManifest } from '../../../lib/bundle/manifest.ts';
import { bundleOf, type Files, shippedOf, tarOf } from '../../contract/bundles.ts';
import { failureFrom } from './expect-failure.ts';
import { treesOf } from './trees.ts';

/** Path to content of all files, with an `x` before the path of one that may be executed. */
async function filesIn(tar: Buffer): Promise<Map<string, string>> {
  const reader = extract();
  reader.end(tar);
  const files = new Map<string, string>();
  for await (const entry of reader) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    const { type, name, mode } = entry.header;
    if (type !== 'file') continue;
    files.set(`${mode === 0o755 ? 'x ' : ''}${name}`, Buffer.concat(chunks).toString('latin1'));
  }
  return files;
}

/** Folders that make short paths, and such that no old header holds. */
const folders = fc
  .tuple(fc.constantFrom('a', 'b'.repeat(128)), fc.nat({ max: 9 }))
  .map(([name, stamp]) => `${name}.${stamp}`);

describe('a shipment', () => {
  it('holds each of any plugins whole below its folder, as long as it said', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.tuple(folders, treesOf()), { maxLength: 3, selector: ([folder]) => folder }),
        async (all) => {
          const parcels = await Promise.all(
            all.map(async ([folder, files]) => ({ folder, bundle: await bundleOf(files) })),
          );
          const found = await filesIn(await shippedOf(parcels));
          const expected = new Map<string, string>();
          for (const { folder, bundle } of parcels) {
            for (const [path, content] of await filesIn(await tarOf(bundle))) {
              expected.set(path.replace(/^(x )?/, `$1${folder}/`), content);
            }
            const manifest = Buffer.from(formatManifest(await manifestOf(bundle))).toString('latin1');
            expected.set(`${folder}/.manifest`, manifest);
          }
          expect(found).to.deep.equal(expected);
        },
      ),
      { numRuns: 40 },
    );
  });

  for (const [what, change] of [
    ['is cut off', (tar) => tar.subarray(0, 700)],
    ['has another header', (tar) => Buffer.from(tar.map((byte, index) => (index === 156 ? 0x32 : byte)))],
  ] satisfies readonly (readonly [string, (tar: Buffer) => Buffer])[]) {
    it(`fails where what is packed ${what}, with words for it`, async () => {
      const files: Files = { 'rules/a.md': `Be ${what}.\n` };
      const bundle = await bundleOf(files);
      const tar = change(await tarOf(bundle));
      const damaged = {
        ...bundle,
        async *open() {
          yield await Promise.resolve(tar);
        },
      };
      for (const manifestIsKnown of [false, true]) {
        if (manifestIsKnown) await shippedOf([{ bundle, folder: 'a' }]);
        const failure = await failureFrom(() => shippedOf([{ bundle: damaged, folder: 'a' }]));
        expect(failure).to.include({ kind: 'Transient', reason: 'FetchFailed' });
        expect(failure.message).to.match(/is damaged: it /);
      }
      const others = await shippedOf([
        { bundle: damaged, folder: 'a' },
        { bundle: await bundleOf({ 'rules/b.md': 'Be.\n' }), folder: 'b' },
      ]);
      expect([...(await filesIn(others)).keys()]).to.deep.equal(['b/rules/b.md', 'b/.manifest']);
    });
  }
});
