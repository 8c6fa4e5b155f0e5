// The canonical manifest: one text for one set of files, whatever order they come in.
import { expect } from 'chai';
import fc from 'fast-check';
import type { ManifestEntry } from '../../../lib/bundle/bundle.ts';
import { digestOf, isDigest } from '../../../lib/bundle/digest.ts';
import { formatManifest, parseManifest } from '../../../lib/bundle/manifest.ts';
import { failureFrom } from './expect-failure.ts';

const sha = (digit: string): string => digit.repeat(64);

const entries = fc.uniqueArray(
  fc.record<ManifestEntry>({
    mode: fc.constantFrom('644', '755'),
    sha256: fc
      .uint8Array({ minLength: 32, maxLength: 32 })
      .map((bytes) => Buffer.from(bytes).toString('hex')),
    path: fc.string({ unit: 'binary', minLength: 1 }).filter((path) => !path.includes('\n')),
  }),
  { selector: ({ path }) => path },
);

describe('the manifest', () => {
  it('has one line a file: mode, hash, path', () => {
    const text = formatManifest([{ mode: '755', sha256: sha('a'), path: 'hooks/run me.sh' }]);
    expect(text).to.equal(`755 ${sha('a')} hooks/run me.sh\n`);
  });

  it('is sorted by UTF-8 bytes, not by UTF-16 units', () => {
    const paths = ['\u{1f600}', '\uffee', 'a/b', 'a.b', 'B'];
    const text = formatManifest(paths.map((path) => ({ mode: '644', sha256: sha('0'), path })));
    expect(parseManifest(text).map(({ path }) => path)).to.deep.equal([
      'B',
      'a.b',
      'a/b',
      '\uffee',
      '\u{1f600}',
    ]);
  });

  it('reads back what it wrote, and does not depend on the order of the files', () => {
    fc.assert(
      fc.property(entries, (files) => {
        const text = formatManifest(files);
        expect(formatManifest(files.toReversed())).to.equal(text);
        expect(formatManifest(parseManifest(text))).to.equal(text);
        expect(parseManifest(text)).to.have.deep.members(files);
      }),
    );
  });

  it('cannot hold a path with a line feed', () => {
    expect(() => formatManifest([{ mode: '644', sha256: sha('0'), path: 'a\nb' }])).to.throw(RangeError);
  });

  const line = `644 ${sha('0')} b\n`;
  for (const [what, text] of [
    ['no line feed at the end', line.trimEnd()],
    ['another mode', line.replace('644', '600')],
    ['a hash in capitals', `644 ${sha('A')} b\n`],
    ['no path', `644 ${sha('0')} \n`],
    ['an empty line', `${line}\n`],
    ['a path twice', line + line],
    ['lines out of order', `${line}644 ${sha('0')} a\n`],
  ] as const) {
    it(`is not believed with ${what}`, async () => {
      expect(await failureFrom(() => parseManifest(text))).to.include({
        kind: 'Permanent',
        reason: 'InvalidContent',
      });
    });
  }
});

describe('the digest', () => {
  it('is the sha256 of the manifest', () => {
    expect(digestOf('')).to.equal('sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  });

  it('is told from other text', () => {
    expect(isDigest(digestOf('x'))).to.be.true;
    expect(isDigest('sha256:')).to.be.false;
    expect(isDigest('0'.repeat(40))).to.be.false;
  });
});
