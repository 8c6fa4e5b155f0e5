// What a plugin's folder holds, read and hashed anew: the oracle of all stories.
import { createHash } from 'node:crypto';
import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import type { RepositoryFiles } from '../../../lib/embedded/git-repository.ts';

export interface TreeFile {
  /** `755`, `644` or whatever else it is; `link` and `other` for what is no file. */
  readonly mode: string;
  readonly uid: number;
  readonly gid: number;
  readonly content: string;
}

export type Tree = Readonly<Record<string, TreeFile>>;

/** Every file below the folder, by its path; undefined when there is no folder. */
export async function readTree(folder: string): Promise<Tree | undefined> {
  const names = await readdir(folder, { recursive: true }).catch(() => undefined);
  if (names === undefined) return undefined;
  const files = await Promise.all(names.map(async (name) => [name, await readEntry(folder, name)] as const));
  return Object.fromEntries(files.flatMap(([name, file]) => (file === undefined ? [] : [[name, file]])));
}

async function readEntry(folder: string, name: string): Promise<TreeFile | undefined> {
  const path = join(folder, name);
  const found = await lstat(path);
  const { mode, uid, gid } = found;
  if (found.isDirectory()) return undefined;
  if (found.isSymbolicLink()) return { mode: 'link', uid, gid, content: await readlink(path) };
  if (!found.isFile()) return { mode: 'other', uid, gid, content: '' };
  return { mode: (mode & 0o777).toString(8), uid, gid, content: await readFile(path, 'utf8') };
}

/** Asserts that the tree is exactly these files, marked and listed as ours, of the owner, and nothing else but `extra`. */
export function expectInstalled(
  tree: Tree | undefined,
  files: RepositoryFiles,
  {
    revision,
    extra = {},
  }: { readonly revision?: string; readonly extra?: Readonly<Record<string, string>> } = {},
): void {
  if (tree === undefined) throw new Error('there is no plugin folder');
  const { '.complete': complete, '.manifest': manifest, ...rest } = tree;
  const shipped = Object.fromEntries(Object.entries(files).map(([path, file]) => [path, textOf(file)]));
  const found = Object.fromEntries(Object.entries(rest).map(([path, { content }]) => [path, content]));
  expect(found).to.deep.equal({ ...shipped, ...extra });
  expect(manifest?.content).to.equal(manifestOf(rest, Object.keys(files)));
  const marker = JSON.parse(complete?.content ?? '{}') as Record<string, string>;
  expect(marker['digest']).to.equal(`sha256:${sha256(manifest?.content ?? '')}`);
  if (revision !== undefined) expect(marker['revision']).to.equal(revision);
  for (const [path, file] of Object.entries(files)) {
    const mode = typeof file === 'object' && 'executable' in file && file.executable ? '755' : '644';
    expect(rest[path], path).to.include({ mode, uid: 1000, gid: 1000 });
  }
}

function manifestOf(tree: Tree, paths: readonly string[]): string {
  const lines = [...paths].sort(bytewise).map((path) => {
    const { mode, content } = tree[path] ?? { mode: '', content: '' };
    return `${mode} ${sha256(content)} ${path}\n`;
  });
  return lines.join('');
}

function bytewise(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function textOf(file: RepositoryFiles[string]): string {
  if (typeof file === 'string') return file;
  if (file instanceof Uint8Array) return Buffer.from(file).toString();
  return 'linkTo' in file ? file.linkTo : Buffer.from(file.content).toString();
}
