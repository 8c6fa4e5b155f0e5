// The hash that a plugin's own manifest.json may promise over all its other files.
import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { checkPromise, ContentHash, MAX_MANIFEST_JSON_BYTES } from '../../../lib/bundle/integrity.ts';
import { PermanentError } from '../../../lib/errors.ts';

const HEX = 'ab'.repeat(32);

function failureOf(manifestJSON: string | Uint8Array | undefined, actual = HEX): string {
  const bytes = typeof manifestJSON === 'string' ? Buffer.from(manifestJSON) : manifestJSON;
  try {
    checkPromise(bytes, actual);
    return 'no failure';
  } catch (error) {
    if (error instanceof PermanentError) return `${error.reason}: ${error.message}`;
    throw error;
  }
}

describe('ContentHash', () => {
  it('is of each path, a NUL and the content, one file after the other', () => {
    const hash = new ContentHash();
    hash.begin('a');
    hash.update(Buffer.from('on'));
    hash.update(Buffer.from('e'));
    hash.begin('b');
    const expected = createHash('sha256').update('a\0oneb\0').digest('hex');
    expect(hash.hex()).to.equal(expected);
  });
});

describe('checkPromise', () => {
  it('is content without a manifest.json, and with one that promises nothing', () => {
    const silent = [undefined, 'no JSON', '{}', 'null', '"sha256"', '7', '{"sha256": 7}', '{"sha256": null}'];
    for (const one of silent) expect(failureOf(one), String(one)).to.equal('no failure');
  });

  it('is content with a promise that is kept, in either case of letters', () => {
    expect(failureOf(JSON.stringify({ sha256: HEX }))).to.equal('no failure');
    expect(failureOf(JSON.stringify({ sha256: HEX.toUpperCase() }))).to.equal('no failure');
  });

  it('refuses a promise that is broken, and says what the files have', () => {
    const failure = failureOf(JSON.stringify({ sha256: 'cd'.repeat(32) }));
    expect(failure).to.match(/^VerificationFailed: manifest\.json promises another sha256/);
    expect(failure).to.contain(HEX);
    expect(failureOf('{"sha256": ""}')).to.match(/^VerificationFailed: /);
  });

  it('refuses a manifest.json too large to be read, and takes one that just is not', () => {
    const kept = JSON.stringify({ sha256: HEX });
    const padded = (bytes: number): string => kept.padEnd(bytes, ' ');
    expect(failureOf(padded(MAX_MANIFEST_JSON_BYTES))).to.equal('no failure');
    expect(failureOf(padded(MAX_MANIFEST_JSON_BYTES + 1))).to.match(
      /^VerificationFailed: manifest\.json is over 1048576 bytes and cannot be checked/,
    );
  });
});
