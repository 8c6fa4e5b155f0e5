// The hostile trees: what each is, how it is made, and how it is refused.
import type { HostileAuthor, RawEntry } from './hostile.ts';

export type Make = (
  author: HostileAuthor,
  blob: string,
) => Promise<readonly RawEntry[]> | readonly RawEntry[];

const file =
  (name: string | Uint8Array): Make =>
  (_, id) => [{ mode: '100644', name, id }];
const files =
  (...names: readonly string[]): Make =>
  (_, id) =>
    names.map((name) => ({ mode: '100644', name, id }));
const folder =
  (name: string, content: Make): Make =>
  async (author, blob) => [{ mode: '40000', name, id: await author.tree(await content(author, blob)) }];
const nested = (depth: number): Make => (depth === 0 ? file('f') : folder('d', nested(depth - 1)));

/** What it is, how it is made, the reason, and how the refusal names it. */
export const CASES: readonly (readonly [what: string, make: Make, reason: string, words: string])[] = [
  ['..', file('..'), 'InvalidContent', '".."'],
  ['.. as a folder', folder('..', file('passwd')), 'InvalidContent', '"../passwd"'],
  ['. as a folder', folder('.', file('x')), 'InvalidContent', '"./x"'],
  ['a slash that climbs in one name', file('a/../../etc'), 'InvalidContent', '"a/../../etc"'],
  ['an absolute name', file('/etc/passwd'), 'InvalidContent', '"/etc/passwd"'],
  ['.git', folder('.git', file('config')), 'InvalidContent', '".git/config"'],
  ['.GIT', folder('.GIT', file('hooks')), 'InvalidContent', '".GIT/hooks"'],
  ['.Git', folder('.Git', file('config')), 'InvalidContent', '".Git/config"'],
  [
    '.git further down',
    folder('skills', folder('.git', file('HEAD'))),
    'InvalidContent',
    '"skills/.git/HEAD"',
  ],
  ['git~2', file('git~2'), 'InvalidContent', '"git~2"'],
  ['git~1', file('git~1'), 'InvalidContent', '"git~1"'],
  ['GIT~1', file('GIT~1'), 'InvalidContent', '"GIT~1"'],
  ['.git with an ignorable character', file('.g\u200cit'), 'InvalidContent', '".g\\u{200c}it"'],
  ['.git with a space', file('.git '), 'InvalidContent', '".git "'],
  ['.git with a stream', file('.git::$INDEX_ALLOCATION'), 'InvalidContent', '".git::$INDEX_ALLOCATION"'],
  ['a line feed', file('a\nb'), 'InvalidContent', '"a\\u{a}b"'],
  ['an escape sequence', file('a\u001b[2J'), 'InvalidContent', '"a\\u{1b}[2J"'],
  ['DEL', file('a\u007f'), 'InvalidContent', '"a\\u{7f}"'],
  ['a C1 control', file('a\u009b'), 'InvalidContent', '"a\\u{9b}"'],
  ['a bidirectional override', file('a\u202egnp.sh'), 'InvalidContent', '"a\\u{202e}gnp.sh"'],
  ['a backslash', file('a\\b'), 'InvalidContent', '"a\\u{5c}b"'],
  ['bytes that are not UTF-8', file(Buffer.from([0x61, 0xff])), 'InvalidContent', '"a\\xff"'],
  ['an overlong form of a slash', file(Buffer.from([0xc0, 0xaf])), 'InvalidContent', '"\\xc0\\xaf"'],
  ['a dot at the end', file('a.'), 'InvalidContent', '"a."'],
  ['a name of 300 bytes', file('n'.repeat(300)), 'InvalidContent', '"nnn'],
  [
    'a path of 1,100 bytes',
    folder(
      'd'.repeat(250),
      folder('d'.repeat(250), folder('d'.repeat(250), folder('d'.repeat(250), file('f'.repeat(96))))),
    ),
    'InvalidContent',
    '1024 bytes',
  ],
  ['65 folders', nested(65), 'InvalidContent', 'deeper than 64'],
  [
    'names that differ in case',
    files('README.md', 'readme.md'),
    'InvalidContent',
    '"readme.md" collides with "README.md"',
  ],
  ['names that differ by full folding', files('STRASSE', 'straße'), 'InvalidContent', '"straße" collides'],
  ['names that differ in normal form', files('e\u0301', '\u00e9'), 'InvalidContent', 'collides'],
  ['a name twice', files('a', 'a'), 'InvalidContent', '"a" is there twice'],
  [
    'a file used as a folder',
    async (author, id) => [...(await file('a')(author, id)), ...(await folder('a', file('b'))(author, id))],
    'InvalidContent',
    '"a/b" uses one name',
  ],
  [
    'a submodule',
    () => [{ mode: '160000', name: 'lib', id: '1'.repeat(40) }],
    'InvalidContent',
    '"lib" is a submodule',
  ],
  ['our marker', file('.complete'), 'InvalidContent', '".complete"'],
  ['our manifest in capitals', file('.MANIFEST'), 'InvalidContent', '".MANIFEST"'],
  ['our staging as a folder', folder('.staging', file('x')), 'InvalidContent', '".staging/x"'],
  [
    'our folder as a symlink',
    async (author) => [{ mode: '120000', name: '.previous', id: await author.blob('/etc') }],
    'InvalidContent',
    '".previous"',
  ],
  [
    'a symlink used as a folder',
    async (author, id) => [
      { mode: '120000', name: 'a', id: await author.blob('/etc') },
      ...(await folder('a', file('passwd'))(author, id)),
    ],
    'InvalidContent',
    '"a/passwd"',
  ],
  [
    'nothing but symlinks',
    async (author) => [{ mode: '120000', name: 'a', id: await author.blob('/etc') }],
    'InvalidContent',
    'holds no file',
  ],
  ['nothing', () => [], 'InvalidContent', 'holds no file'],
  ['a mode that is none', (_, id) => [{ mode: '10644', name: 'fifo', id }], 'InvalidContent', '"fifo"'],
  [
    '20,000 files',
    files(...Array.from({ length: 20_000 }, (_, n) => `f${String(n).padStart(5, '0')}`)),
    'TooLarge',
    '20000 files',
  ],
  [
    'more bytes than may be',
    async (author) => {
      const id = await author.blob(Buffer.alloc(40 * 1024 * 1024));
      return ['a', 'b', 'c'].map((name) => ({ mode: '100644', name, id }));
    },
    'TooLarge',
    '"c"',
  ],
  [
    'folders that multiply to a hundred million files',
    async (author, id) => {
      let level = await author.tree(
        await files('0', '1', '2', '3', '4', '5', '6', '7', '8', '9')(author, id),
      );
      for (let depth = 0; depth < 7; depth += 1) {
        const tree = level;
        level = await author.tree(
          Array.from({ length: 10 }, (_, n) => ({ mode: '40000', name: String(n), id: tree })),
        );
      }
      return [{ mode: '40000', name: 'bomb', id: level }];
    },
    'TooLarge',
    'entries',
  ],
  [
    'a manifest.json that promises something else',
    async (author, id) => [
      { mode: '100644', name: 'a', id },
      { mode: '100644', name: 'manifest.json', id: await author.blob('{"sha256":"00"}') },
    ],
    'VerificationFailed',
    'manifest.json promises',
  ],
];
