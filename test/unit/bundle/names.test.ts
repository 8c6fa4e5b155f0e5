// The name policy, one entry at a time.
import { expect } from 'chai';
import fc from 'fast-check';
import { checkPath } from '../../../lib/bundle/names.ts';
import { failureFrom } from './expect-failure.ts';

const bytes = (text: string): Buffer => Buffer.from(text);

describe('a path', () => {
  for (const path of [
    'plugin.yaml',
    'skills/browser/SKILL.md',
    '.gitignore',
    '.gitmodules',
    'docs/.complete',
    'git~',
    '.github/x',
    '...a',
    ' leading space',
    'naïve/日本語/🙂.md',
    'a:b',
    'family-👨\u200d👩\u200d👧.md',
    'x'.repeat(255),
    'd/'.repeat(63) + 'f',
    `${'abcdefghijklmno/'.repeat(63)}${'x'.repeat(16)}`,
    'a.git',
    '.gitx',
    'git~x',
    'git~1x',
  ]) {
    it(`may be ${JSON.stringify(path.slice(0, 40))}`, () => {
      expect(checkPath(bytes(path))).to.equal(path);
    });
  }

  for (const [path, problem] of [
    ['', 'empty name'],
    ['/etc/passwd', 'empty name'],
    ['a//b', 'empty name'],
    ['a/', 'empty name'],
    ['.', '"."'],
    ['a/./b', '"."'],
    ['..', '".."'],
    ['a/../b', '".."'],
    ['a\0b', 'control'],
    ['a\nb', 'control'],
    ['a\u001b[2J', 'control'],
    ['a\u007f', 'control'],
    ['a\u0085', 'control'],
    ['a\u009b', 'control'],
    ['a\u202eb', 'control'],
    ['a\u2066b', 'control'],
    ['a\u061cb', 'control'],
    ['a\u2028b', 'control'],
    ['a\\b', 'backslash'],
    ['a.', 'dot or space'],
    ['a /b', 'dot or space'],
    ['.git', '.git'],
    ['a/.GIT/config', '.git'],
    ['git~1', '.git'],
    ['GIT~12', '.git'],
    ['.g\u200cit', '.git'],
    ['\ufeff.git', '.git'],
    ['.git::$INDEX_ALLOCATION', '.git'],
    ['.git:', '.git'],
    ['git~1:x', '.git'],
    ['.complete', 'belongs to the controller'],
    ['.Manifest', 'belongs to the controller'],
    ['.STAGING/x', 'belongs to the controller'],
    ['.previous/x/y', 'belongs to the controller'],
    ['.\u017ftaging', 'belongs to the controller'],
    ['.contro\u200dller', 'belongs to the controller'],
    ['x'.repeat(256), '255 bytes'],
    ['é'.repeat(128), '255 bytes'],
    ['d/'.repeat(64) + 'f', '64 folders'],
    [`${'abcdefg/'.repeat(128)}f`, '1024 bytes'],
  ] as const) {
    it(`may not be ${JSON.stringify(path.slice(0, 40))}, and the refusal names it`, async () => {
      const failure = await failureFrom(() => checkPath(bytes(path)));
      expect(failure).to.include({ kind: 'Permanent', reason: 'InvalidContent' });
      expect(failure.message).to.contain(problem);
      expect(failure.message).to.match(/^the entry ".*"/);
    });
  }

  it('may not be anything but UTF-8', async () => {
    const failure = await failureFrom(() => checkPath(Buffer.from([0x61, 0xff])));
    expect(failure.message).to.contain('"a\\xff"').and.contain('not UTF-8');
  });

  it('never puts anything into a message that a terminal would obey, however hostile', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), (raw) => {
        try {
          expect(Buffer.from(checkPath(raw)).equals(raw)).to.be.true;
        } catch (error) {
          expect((error as Error).message).to.match(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]{1,1500}$/u);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
