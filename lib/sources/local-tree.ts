// A folder of the local catalog, listed without following a symlink anywhere.
import { constants, type BigIntStats } from 'node:fs';
import { lstat, open, readdir } from 'node:fs/promises';
import type { EntryType, TreeEntry } from '../bundle/entry.ts';
import { MAX_PATH_BYTES, MAX_PATH_DEPTH, MAX_TREE_ENTRIES } from '../bundle/limits.ts';
import { printable } from '../bundle/printable.ts';
import { PermanentError, TransientError } from '../errors.ts';

export interface LocalTree {
  readonly entries: readonly TreeEntry[];
  /** Equal for two listings exactly when, as far as the file system tells, nothing was touched in between. */
  readonly fingerprint: string;
  /** When the file system last noted a change of anything in it; milliseconds since the epoch. */
  readonly changedMs: number;
}

interface Found {
  /** Below the listed folder; bytes, as the file system has them. */
  readonly path: Buffer;
  readonly stats: BigIntStats;
}

/**
 * @param folder absolute
 * @throws PermanentError `InvalidContent` when it is no folder, `TooLarge`; TransientError `FetchFailed`
 */
export async function listFolder(folder: string, signal: AbortSignal): Promise<LocalTree> {
  const root = Buffer.from(folder);
  const found: Found[] = [];
  const folders: Buffer[] = [Buffer.alloc(0)];
  for (let next = folders.pop(); next !== undefined; next = folders.pop()) {
    for (const entry of await readFolder(root, next)) {
      if (signal.aborted) throw new TransientError('FetchFailed', 'stopped before it was finished');
      found.push(entry);
      checkCount(found);
      if (entry.stats.isDirectory() && !isTooDeep(entry.path)) folders.push(entry.path);
    }
  }
  found.sort((a, b) => Buffer.compare(a.path, b.path));
  return {
    entries: found.map((entry) => toEntry(root, entry)),
    fingerprint: found.map(trace).join('\n'),
    changedMs: found.reduce((newest, { stats }) => Math.max(newest, Number(stats.ctimeMs)), 0),
  };
}

async function readFolder(root: Buffer, folder: Buffer): Promise<readonly Found[]> {
  const here = below(root, folder);
  const names = await reading(readdir(here, { encoding: 'buffer' }));
  return Promise.all(
    names.map(async (name) => {
      const path = below(folder, name);
      return { path, stats: await reading(lstat(below(root, path), { bigint: true })) };
    }),
  );
}

function checkCount(found: readonly Found[]): void {
  if (found.length <= MAX_TREE_ENTRIES) return;
  throw new PermanentError('TooLarge', `the folder holds more than ${MAX_TREE_ENTRIES} entries`);
}

/** The name policy refuses it; there is no need to know what else is in there. */
function isTooDeep(path: Buffer): boolean {
  return path.length > MAX_PATH_BYTES || path.filter((byte) => byte === 0x2f).length > MAX_PATH_DEPTH;
}

function toEntry(root: Buffer, { path, stats }: Found): TreeEntry {
  return {
    path,
    type: typeOf(stats),
    executable: (stats.mode & 0o100n) !== 0n,
    size: stats.isFile() ? Number(stats.size) : 0,
    open: () => readContent(below(root, path), { path, stats }),
  };
}

function typeOf(stats: BigIntStats): EntryType {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  return stats.isSymbolicLink() ? 'symlink' : 'other';
}

/** Reads the very file that was listed: another one under its name, or a symlink, is a change. */
async function* readContent(
  file: Buffer,
  { path, stats }: Found,
): AsyncGenerator<Uint8Array, void, undefined> {
  const handle = await reading(open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK));
  try {
    const now = await handle.stat({ bigint: true });
    if (trace({ path, stats: now }) !== trace({ path, stats })) {
      throw new TransientError('FetchFailed', `the file ${printable(path)} changed while it was read`);
    }
    for await (const chunk of handle.createReadStream({ autoClose: false })) yield chunk as Buffer;
  } finally {
    await handle.close();
  }
}

function trace({ path, stats }: Found): string {
  const { dev, ino, mode, size, mtimeNs, ctimeNs } = stats;
  return [path.toString('hex'), dev, ino, mode, size, mtimeNs, ctimeNs].join(' ');
}

function below(folder: Buffer, name: Buffer): Buffer {
  return folder.length === 0 ? name : Buffer.concat([folder, Buffer.from('/'), name]);
}

async function reading<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    throw new TransientError('FetchFailed', `the local catalog could not be read: ${said}`, { cause: error });
  }
}
