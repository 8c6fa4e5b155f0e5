// Names that some file system takes for the same.
import { expect } from 'chai';
import fc from 'fast-check';
import { foldName } from '../../../lib/bundle/fold.ts';

describe('folding a name', () => {
  for (const [one, other] of [
    ['README', 'readme'],
    ['straße', 'STRASSE'],
    ['stra\u1e9ee', 'strasse'],
    ['\u00e9', 'e\u0301'],
    ['\u00c9', 'e\u0301'],
    ['\u212b', '\u00e5'],
    ['\u03c3', '\u03c2'],
    ['\ufb03', 'FFI'],
    ['\u0130', 'i\u0307'],
    ['\u13a0', '\uab70'],
    ['\u{10400}', '\u{10428}'],
    ['\u1fb3', '\u03b1\u0399'],
    ['\u017f', 'S'],
  ] as const) {
    it(`takes ${JSON.stringify(one)} and ${JSON.stringify(other)} for the same`, () => {
      expect(foldName(one)).to.equal(foldName(other));
    });
  }

  it('keeps different names apart', () => {
    const names = ['a', 'b', 'e', 'é', 'ss', 's', 'i', 'j', '1', '１'];
    expect(new Set(names.map(foldName))).to.have.length(names.length);
  });

  it('does not change what is folded, whatever its case or form was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (name) => {
        expect(foldName(foldName(name))).to.equal(foldName(name));
        expect(foldName(name.normalize('NFC'))).to.equal(foldName(name.normalize('NFD')));
      }),
    );
  });
});
