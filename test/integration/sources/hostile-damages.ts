// Repositories whose objects are missing, damaged, or of another type than the tree says.
import { readFileSync, writeFileSync, chmodSync } from 'node:fs';
import { join } from 'node:path';
import type { HostileAuthor } from './hostile.ts';

/** A tree that cannot be read whole, and the object that is to blame; 40 hex digits each. */
interface Damaged {
  readonly tree: string;
  readonly object: string;
}

type Make = (author: HostileAuthor, gitDir: string) => Promise<Damaged>;

const ABSENT = 'deadbeefdeadbeefdeadbeefdeadbeefdeadbeef';
const WORDS = 'holds objects that are missing or damaged';

export const DAMAGES: readonly (readonly [what: string, make: Make, words: string])[] = [
  ['a file whose content is missing', (author) => referring(author, '100644', ABSENT), WORDS],
  ['a folder whose content is missing', (author) => referring(author, '40000', ABSENT), WORDS],
  [
    'a file that stands for a folder',
    async (author) => referring(author, '40000', await author.blob('no tree')),
    WORDS,
  ],
  [
    'a folder that stands for a file',
    async (author) => referring(author, '100644', await author.tree([])),
    WORDS,
  ],
  [
    'an object that was cut short',
    async (author, gitDir) => {
      const object = await author.blob('cut short '.repeat(1_000));
      const file = looseFile(gitDir, object);
      chmodSync(file, 0o644);
      writeFileSync(file, readFileSync(file).subarray(0, 12));
      return referring(author, '100644', object);
    },
    WORDS,
  ],
  [
    'an object that was overwritten',
    async (author, gitDir) => {
      const object = await author.blob('overwritten');
      const file = looseFile(gitDir, object);
      chmodSync(file, 0o644);
      writeFileSync(file, 'no object of git');
      return referring(author, '100644', object);
    },
    WORDS,
  ],
];

async function referring(author: HostileAuthor, mode: string, object: string): Promise<Damaged> {
  return { tree: await author.tree([{ mode, name: 'a', id: object }]), object };
}

function looseFile(gitDir: string, object: string): string {
  return join(gitDir, 'objects', object.slice(0, 2), object.slice(2));
}
