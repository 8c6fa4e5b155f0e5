// Packs that are small until git looks into them: what each is, and how it is made.
import { Buffer } from 'node:buffer';
import { commit, copy, delta, object, packOf, type PackedObject, tag, tree } from './raw-pack.ts';

export interface Bomb {
  /** 40 hex digits: the commit that is asked for. */
  readonly revision: string;
  readonly pack: Buffer;
}

const MIB = 1024 * 1024;
const ABSENT = 'f'.repeat(40);
/** Of bytes: none is a NUL, so that git's check has nothing against them. */
const LETTER = 0x61;

/** A commit whose only file is this. */
async function around(id: string, objects: readonly PackedObject[], count?: number): Promise<Bomb> {
  const root = await tree([['100644', 'a', id]]);
  const head = await commit(root.id);
  const all = [head, root, ...objects];
  return { revision: head.id, pack: packOf(all, count ?? all.length) };
}

/** A file below so many folders. */
export async function nested(depth: number): Promise<Bomb> {
  const blob = await object('blob', 'x');
  const trees = [await tree([['100644', 'f', blob.id]])];
  for (let level = 0; level < depth; level += 1)
    trees.push(await tree([['40000', 'd', trees[level]?.id ?? '']]));
  const head = await commit(trees[depth]?.id ?? '');
  return { revision: head.id, pack: packOf([head, blob, ...trees]) };
}

export const BOMBS: readonly (readonly [what: string, make: () => Promise<Bomb>])[] = [
  [
    'a delta that makes 1.5 GiB of 15 MiB',
    async () => {
      const base = await object('blob', '', { more: 15 * MIB });
      const copies = Array.from({ length: 100 }, () => copy(15 * MIB));
      return around(ABSENT, [base, await delta(base, [15 * MIB, 1500 * MIB], copies)]);
    },
  ],
  [
    'a delta each of whose parts is just small enough',
    async () => {
      const base = await object('blob', '', { more: 60 * MIB });
      const insert = Buffer.alloc(128, LETTER).fill(0x7f, 0, 1);
      const inserts = Buffer.alloc(60 * MIB, insert);
      const after = (inserts.length / insert.length) * 127;
      return around(ABSENT, [base, await delta(base, [60 * MIB, after], [inserts])]);
    },
  ],
  [
    'a tree of 300 MiB',
    async () => {
      const root = await object('tree', '', { more: 300 * MIB, fill: LETTER });
      const head = await commit(root.id);
      return { revision: head.id, pack: packOf([head, root]) };
    },
  ],
  [
    'a commit of 300 MiB',
    async () => {
      const blob = await object('blob', 'x');
      const root = await tree([['100644', 'a', blob.id]]);
      const head = await commit(root.id, { more: 300 * MIB, fill: LETTER });
      return { revision: head.id, pack: packOf([head, root, blob]) };
    },
  ],
  [
    'a tag of 300 MiB beside what was asked for',
    async () => {
      const blob = await object('blob', 'x');
      const root = await tree([['100644', 'a', blob.id]]);
      const head = await commit(root.id);
      const large = await tag(head.id, { more: 300 * MIB, fill: LETTER });
      return { revision: head.id, pack: packOf([head, root, blob, large]) };
    },
  ],
  [
    'two thousand million objects, as it says',
    async () => {
      const blob = await object('blob', 'x');
      return around(blob.id, [blob], 2_000_000_000);
    },
  ],
];
