// The first pass: a tree is taken whole or refused whole.
import { expect } from 'chai';
import { checkTree } from '../../../lib/bundle/check.ts';
import type { EntryType, TreeEntry } from '../../../lib/bundle/entry.ts';
import { entriesOf, fileEntry } from '../../contract/bundles.ts';
import { failureFrom } from './expect-failure.ts';

const of = (path: string, type: EntryType, size = 0): TreeEntry => ({ ...fileEntry(path, ''), type, size });

describe('a tree', () => {
  it('is its files, sorted; symlinks are left out and counted', () => {
    const entries = [
      of('z', 'symlink'),
      of('b', 'file', 2),
      of('a', 'directory'),
      of('a/c', 'file', 3),
      of('l', 'symlink'),
    ];
    const tree = checkTree(entries);
    expect(tree.files.map(({ path }) => path)).to.deep.equal(['a/c', 'b']);
    expect(tree).to.include({ bytes: 5, skippedSymlinks: 2 });
  });

  for (const [what, entries, words] of [
    ['two names that differ in case', ['README.md', 'readme.md'], '"readme.md" collides with "README.md"'],
    ['two folders that differ in case', ['Docs/a', 'docs/b'], '"docs/b" collides with "Docs"'],
    ['two names that differ in form', ['\u00e9', 'e\u0301'], 'collides'],
    ['a name twice', ['a', 'a'], '"a" is there twice'],
    ['a file used as a folder', ['a', 'a/b'], '"a/b" uses one name both as a file and as a folder'],
    ['a folder used as a file', ['a/b', 'a'], '"a" uses one name'],
  ] as const) {
    it(`is refused with ${what}`, async () => {
      const failure = await failureFrom(() => checkTree(entries.map((path) => of(path, 'file'))));
      expect(failure).to.include({ kind: 'Permanent', reason: 'InvalidContent' });
      expect(failure.message).to.contain(words);
    });
  }

  for (const [what, entry, words] of [
    ['a submodule', of('lib', 'submodule'), '"lib" is a submodule'],
    ['a device', of('dev', 'other'), '"dev" is neither'],
    ['a symlink of a forbidden name', of('.git', 'symlink'), '".git"'],
    ['a symlink used as a folder', of('link', 'symlink'), '"link/x" uses one name'],
  ] as const) {
    it(`is refused with ${what}`, async () => {
      const failure = await failureFrom(() => checkTree([entry, ...entriesOf({ a: '', 'link/x': '' })]));
      expect(failure.message).to.contain(words);
    });
  }

  it('is refused empty, also when it has folders and symlinks', async () => {
    const failure = await failureFrom(() => checkTree([of('a', 'directory'), of('b', 'symlink')]));
    expect(failure).to.include({ reason: 'InvalidContent', message: 'the folder holds no file' });
  });

  it('may have 10,000 files and no more', async () => {
    const files = Array.from({ length: 10_001 }, (_, index) => of(`f${index}`, 'file'));
    expect(checkTree(files.slice(1)).files).to.have.length(10_000);
    expect(await failureFrom(() => checkTree(files))).to.include({ kind: 'Permanent', reason: 'TooLarge' });
  });

  it('may not have more than 10,000 folders', async () => {
    const files = Array.from({ length: 400 }, (_, index) => of(`${`d${index}/`.repeat(30)}f`, 'file'));
    expect(await failureFrom(() => checkTree(files))).to.include({ kind: 'Permanent', reason: 'TooLarge' });
  });

  it('may have 100 MiB and no more, and nothing is read to find out', async () => {
    const half = 50 * 1024 * 1024;
    expect(checkTree([of('a', 'file', half), of('b', 'file', half)]).bytes).to.equal(2 * half);
    const failure = await failureFrom(() => checkTree([of('a', 'file', half), of('b', 'file', half + 1)]));
    expect(failure).to.include({ kind: 'Permanent', reason: 'TooLarge' });
  });

  it('may have exactly 10,000 folders, as many again of what is left out, and is told how many are too many', async () => {
    const folders = Array.from({ length: 9_999 }, (_, index) => of(`d${index}`, 'directory'));
    expect(checkTree([...folders, of('last/f', 'file')]).files).to.have.length(1);
    const links = Array.from({ length: 20_000 }, (_, index) => of(`l${index}`, 'symlink'));
    expect(checkTree([...links.slice(1), of('f', 'file')]).skippedSymlinks).to.equal(19_999);
    const failure = await failureFrom(() => checkTree([...links, of('f', 'file')]));
    expect(failure).to.include({ kind: 'Permanent', reason: 'TooLarge' });
    expect(failure.message).to.equal('20001 entries; at most 20000 are looked at');
  });

  for (const size of [-1, NaN, 0.5, Infinity]) {
    it(`is refused with a file of ${size} bytes`, async () => {
      const failure = await failureFrom(() => checkTree([of('a', 'file', size)]));
      expect(failure).to.include({ kind: 'Permanent', reason: 'InvalidContent' });
      expect(failure.message).to.contain('"a" has no size');
    });
  }

  it('is refused with the number that is too large, and where it was reached', async () => {
    const files = Array.from({ length: 10_001 }, (_, index) => of(`f${index}`, 'file'));
    const many = await failureFrom(() => checkTree(files));
    expect(many.message).to.equal('10001 files; a plugin holds at most 10000');
    const large = await failureFrom(() => checkTree([of('a', 'file', 104_857_600), of('b', 'file', 1)]));
    expect(large.message).to.equal(
      'more than 104857600 bytes, counted up to "b"; a plugin holds no more than that',
    );
    const folders = Array.from({ length: 10_001 }, (_, index) => of(`d${index}`, 'directory'));
    const wide = await failureFrom(() => checkTree(folders));
    expect(wide.message).to.equal('more than 10000 folders; a plugin holds no more than that');
  });

  it('keeps of each file its content and whether it may be run', async () => {
    const tree = checkTree([
      { ...fileEntry('run.sh', '#!/bin/sh\n'), executable: true },
      fileEntry('a', 'x'),
    ]);
    expect(tree.files.map(({ path, executable }) => [path, executable])).to.deep.equal([
      ['a', false],
      ['run.sh', true],
    ]);
    const chunks: Uint8Array[] = [];
    for await (const chunk of tree.files[1]?.open() ?? []) chunks.push(chunk);
    expect(Buffer.concat(chunks).toString()).to.equal('#!/bin/sh\n');
  });
});
