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
    const format = (path: string) => () => formatManifest([{ mode: '644', sha256: sha('0'), path }]);
    expect(format('a\nb')).to.throw(RangeError, 'no manifest can hold the path "a\\nb"');
    expect(format('')).to.throw(RangeError, 'the path ""');
  });

  it('of no files is empty', () => {
    expect([formatManifest([]), parseManifest('')]).to.deep.equal(['', []]);
  });

  const line = `644 ${sha('0')} b\n`;
  for (const [what, text, words] of [
    ['no line feed at the end', `${line}${line.trimEnd()}`, 'line 2 of the manifest is cut off'],
    ['another mode', line.replace('644', '600'), 'line 1 of the manifest is no "<mode> <sha256> <path>"'],
    ['something before the mode', ` ${line}`, 'line 1 of the manifest is no "<mode>'],
    ['a hash in capitals', `644 ${sha('A')} b\n`, 'line 1 of the manifest is no "<mode>'],
    ['no path', `644 ${sha('0')} \n`, 'line 1 of the manifest is no "<mode>'],
    ['an empty line', `${line}\n`, 'line 2 of the manifest is no "<mode>'],
    ['a path twice', line + line, 'line 2 of the manifest is out of order'],
    ['lines out of order', `${line}644 ${sha('0')} a\n`, 'line 2 of the manifest is out of order'],
  ] as const) {
    it(`is not believed with ${what}, and the refusal names the line`, async () => {
      const failure = await failureFrom(() => parseManifest(text));
      expect(failure).to.include({ kind: 'Permanent', reason: 'InvalidContent' });
      expect(failure.message).to.contain(words);
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
    expect(isDigest(` ${digestOf('x')}`)).to.be.false;
    expect(isDigest(`${digestOf('x')}0`)).to.be.false;
  });
});
