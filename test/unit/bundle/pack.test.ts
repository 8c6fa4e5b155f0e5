// The second pass: what a bundle says of itself.
import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { digestOf } from '../../../lib/bundle/digest.ts';
import { pack, packInto } from '../../../lib/bundle/pack.ts';
import { bundleOf, entriesOf, fileEntry, revisionOf, tarOf } from '../../contract/bundles.ts';
import { failureFrom } from './expect-failure.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('a bundle', () => {
  it('has the digest of its manifest', async () => {
    const { digest } = await bundleOf({ b: 'two', a: { content: 'one', executable: true } });
    expect(digest).to.equal(digestOf(`755 ${sha256('one')} a\n644 ${sha256('two')} b\n`));
  });

  it('tells its revision, version, files and bytes', async () => {
    const bundle = await bundleOf(
      { 'plugin.yaml': 'version: 1.10', 'rules/a.md': 'hello' },
      { revision: revisionOf(7) },
    );
    expect(bundle).to.include({
      revision: revisionOf(7),
      version: '1.10',
      files: 2,
      bytes: 18,
      skippedSymlinks: 0,
    });
  });

  it('is version 0.0.0 where plugin.yaml is missing, or not at the root', async () => {
    expect((await bundleOf({ 'sub/plugin.yaml': 'version: 2' })).version).to.equal('0.0.0');
  });

  it('may hold empty files, and a chunk at a time', async () => {
    const chunked = {
      ...fileEntry('big', 'xxx'),
      open: async function* () {
        for (const c of 'xxx') yield await Promise.resolve(Buffer.from(c));
      },
    };
    const bundle = await pack([chunked, fileEntry('empty', '')], { revision: revisionOf(1) });
    expect(bundle.digest).to.equal((await bundleOf({ big: 'xxx', empty: '' })).digest);
    expect(await tarOf(bundle)).to.have.length(bundle.tarBytes);
  });

  it('is not made of a file that grew or shrank while it was read', async () => {
    for (const size of [2, 4]) {
      const failure = await failureFrom(() =>
        pack([{ ...fileEntry('a', 'xxx'), size }], { revision: revisionOf(1) }),
      );
      expect(failure).to.include({ kind: 'Transient', reason: 'FetchFailed' });
      expect(failure.message).to.contain('"a" changed');
    }
  });

  it('is checked before any of it is read or written', async () => {
    let isTouched = false;
    const touch = (): Promise<void> => Promise.resolve(void (isTouched = true));
    const spy = {
      ...fileEntry('a', 'x'),
      open: () => {
        isTouched = true;
        return fileEntry('a', 'x').open();
      },
    };
    await failureFrom(() => packInto([spy, fileEntry('z/..', '')], touch));
    expect(isTouched).to.be.false;
  });
});

describe('the hash promised in manifest.json', () => {
  const files = { 'plugin.yaml': 'version: 1', 'a/b.md': 'B', 'a.md': 'A' };
  const promised = sha256('a.md\0Aa/b.md\0Bplugin.yaml\0version: 1');

  for (const [what, text] of [
    ['is kept', JSON.stringify({ sha256: promised })],
    ['is kept in capitals', JSON.stringify({ sha256: promised.toUpperCase() })],
    ['is not there', '{}'],
    ['is no string', '{"sha256": 1}'],
    ['is in no JSON', '{sha256'],
    ['is in no object', 'null'],
  ] as const) {
    it(`lets the plugin in when it ${what}`, async () => {
      expect((await bundleOf({ ...files, 'manifest.json': text })).files).to.equal(4);
    });
  }

  it('refuses the plugin when it is broken, and says what the files have', async () => {
    const failure = await failureFrom(() =>
      bundleOf({ ...files, 'a.md': 'X', 'manifest.json': JSON.stringify({ sha256: promised }) }),
    );
    expect(failure).to.include({ kind: 'Permanent', reason: 'VerificationFailed' });
    expect(failure.message).to.match(/manifest\.json promises .*[0-9a-f]{64}/);
  });

  it('counts only at the root', async () => {
    expect((await bundleOf({ 'x/manifest.json': '{"sha256": "00"}' })).files).to.equal(1);
  });

  it('cannot hide in a file too long to be read', async () => {
    const long = JSON.stringify({ pad: 'x'.repeat(1024 * 1024), sha256: promised });
    const failure = await failureFrom(() =>
      packInto(entriesOf({ ...files, 'manifest.json': long }), () => Promise.resolve()),
    );
    expect(failure.message).to.contain('cannot be checked');
  });
});
