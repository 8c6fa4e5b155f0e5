// The first of two passes over a foreign tree: everything is checked before a byte is read or written.
import { PermanentError } from '../errors.ts';
import type { TreeEntry } from './entry.ts';
import { foldName } from './fold.ts';
import { MAX_TREE_BYTES, MAX_TREE_ENTRIES, MAX_TREE_FILES } from './limits.ts';
import { sortedByPath } from './manifest.ts';
import { checkPath, refuse } from './names.ts';
import { printable } from './printable.ts';

export interface CheckedFile {
  readonly path: string;
  readonly executable: boolean;
  readonly size: number;
  open(): AsyncIterable<Uint8Array>;
}

export interface CheckedTree {
  /** Regular files, in the order of the manifest. */
  readonly files: readonly CheckedFile[];
  readonly bytes: number;
  readonly skippedSymlinks: number;
}

/** @throws PermanentError `InvalidContent` that names the entry, or `TooLarge` */
export function checkTree(entries: readonly TreeEntry[]): CheckedTree {
  checkCounts(entries);
  const places = new Places();
  const paths = entries.map((entry) => checkEntry(entry, places));
  const files = entries.flatMap((entry, index) =>
    entry.type === 'file' ? [{ ...pick(entry), path: paths[index] ?? '' }] : [],
  );
  if (files.length === 0) throw new PermanentError('InvalidContent', 'the folder holds no file');
  return {
    files: sortedByPath(files),
    bytes: sumOf(files),
    skippedSymlinks: entries.filter(({ type }) => type === 'symlink').length,
  };
}

function checkCounts(entries: readonly TreeEntry[]): void {
  const files = entries.filter(({ type }) => type === 'file').length;
  if (files > MAX_TREE_FILES) {
    throw new PermanentError('TooLarge', `${files} files; a plugin holds at most ${MAX_TREE_FILES}`);
  }
  if (entries.length > MAX_TREE_ENTRIES) {
    throw new PermanentError(
      'TooLarge',
      `${entries.length} entries; at most ${MAX_TREE_ENTRIES} are looked at`,
    );
  }
}

function checkEntry(entry: TreeEntry, places: Places): string {
  const path = checkPath(entry.path);
  if (entry.type === 'submodule') throw refuse(path, 'is a submodule');
  if (entry.type === 'other') throw refuse(path, 'is neither a file, nor a folder, nor a symlink');
  places.take(path, entry.type === 'directory');
  return path;
}

function sumOf(files: readonly CheckedFile[]): number {
  let bytes = 0;
  for (const { path, size } of files) {
    if (!Number.isSafeInteger(size) || size < 0) throw refuse(path, 'has no size');
    bytes += size;
    if (bytes > MAX_TREE_BYTES) {
      const what = `more than ${MAX_TREE_BYTES} bytes, counted up to ${printable(path)}`;
      throw new PermanentError('TooLarge', `${what}; a plugin holds no more than that`);
    }
  }
  return bytes;
}

function pick(entry: TreeEntry): Omit<CheckedFile, 'path'> {
  return { executable: entry.executable, size: entry.size, open: () => entry.open() };
}

interface Place {
  readonly name: string;
  readonly isDirectory: boolean;
  readonly below: Map<string, Place>;
}

/** The names taken so far, as a tree: no two may meet on a file system that ignores case or normal form. */
class Places {
  readonly #root = new Map<string, Place>();
  #directories = 0;

  take(path: string, isDirectory: boolean): void {
    const names = path.split('/');
    let level = this.#root;
    for (const [index, name] of names.entries()) {
      level = this.#takeOne(level, { path, name, isDirectory: isDirectory || index < names.length - 1 });
    }
  }

  #takeOne(
    level: Map<string, Place>,
    wanted: { path: string; name: string; isDirectory: boolean },
  ): Place['below'] {
    const key = foldName(wanted.name);
    const taken = level.get(key);
    if (taken !== undefined) {
      const problem = conflict(taken, wanted);
      if (problem !== undefined) throw refuse(wanted.path, problem);
      return taken.below;
    }
    if (wanted.isDirectory) this.#countDirectory();
    const place: Place = { name: wanted.name, isDirectory: wanted.isDirectory, below: new Map() };
    level.set(key, place);
    return place.below;
  }

  #countDirectory(): void {
    this.#directories += 1;
    if (this.#directories > MAX_TREE_FILES) {
      throw new PermanentError(
        'TooLarge',
        `more than ${MAX_TREE_FILES} folders; a plugin holds no more than that`,
      );
    }
  }
}

function conflict(taken: Place, wanted: { name: string; isDirectory: boolean }): string | undefined {
  if (taken.name !== wanted.name)
    return `collides with ${printable(taken.name)}, which differs only in case or form`;
  if (taken.isDirectory !== wanted.isDirectory) return 'uses one name both as a file and as a folder';
  return taken.isDirectory ? undefined : 'is there twice';
}
