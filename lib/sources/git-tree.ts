// One folder of one commit, read as objects: never checked out, so no name in it ever meets a file system.
import type { EntryType, TreeEntry } from '../bundle/entry.ts';
import { MAX_TREE_ENTRIES } from '../bundle/limits.ts';
import { printable } from '../bundle/printable.ts';
import { PermanentError, TransientError } from '../errors.ts';
import type { ObjectReader } from './git-objects.ts';
import type { GitRunner } from './git-process.ts';

/** More than as many entries as are looked at can be, with names that would pass. */
const MAX_LISTING_BYTES = 24 * 1024 * 1024;
const LINE = /^([0-7]{5,6}) (blob|tree|commit) ([0-9a-f]{40}|[0-9a-f]{64}) +(-|[0-9]+)$/;

export interface TreeRequest {
  readonly git: GitRunner;
  readonly gitDir: string;
  readonly revision: string;
  /** Folder inside the commit, checked; undefined for its root. */
  readonly path: string | undefined;
  readonly signal: AbortSignal;
}

/**
 * Lists the folder with everything below it; contents are read through `objects`.
 * @throws PermanentError `InvalidContent` when there is no such folder, `TooLarge` for a list without end
 */
export async function listTree(request: TreeRequest, objects: ObjectReader): Promise<readonly TreeEntry[]> {
  const type = await objects.typeOf(request.revision);
  if (type !== 'commit') {
    throw new PermanentError(
      'InvalidContent',
      `${request.revision} is no commit but a ${type ?? 'missing object'}`,
    );
  }
  const listed = await readListing(request);
  if (!listed.isComplete) throw await explain(request, objects, listed.stderr);
  return listed.entries.map((entry) => parseEntry(entry, objects));
}

interface Listing {
  readonly entries: readonly Buffer[];
  readonly isComplete: boolean;
  readonly stderr: string;
}

/** Reads no further than there may be entries: folders that contain each other's like multiply without end. */
async function readListing({ git, gitDir, revision, path, signal }: TreeRequest): Promise<Listing> {
  const args = ['ls-tree', '-r', '-z', '-l', '--full-tree', `${revision}:${path ?? ''}`];
  await using listing = git.start({ args, gitDir, signal });
  listing.stdin.end();
  const entries: Buffer[] = [];
  let bytes = 0;
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of listing.output()) {
    bytes += chunk.length;
    rest = splitOff(Buffer.concat([rest, chunk]), entries);
    if (entries.length <= MAX_TREE_ENTRIES && bytes <= MAX_LISTING_BYTES) continue;
    throw new PermanentError(
      'TooLarge',
      `the folder lists more than ${MAX_TREE_ENTRIES} entries, or endless names`,
    );
  }
  return { entries, isComplete: (await listing.exit()) === 0, stderr: listing.stderr };
}

/** Appends the complete entries (each ends in a NUL) and returns what follows them. */
function splitOff(data: Buffer, entries: Buffer[]): Buffer {
  let start = 0;
  for (let end = data.indexOf(0); end !== -1; end = data.indexOf(0, start)) {
    entries.push(data.subarray(start, end));
    start = end + 1;
  }
  return data.subarray(start);
}

function parseEntry(entry: Buffer, objects: ObjectReader): TreeEntry {
  const tab = entry.indexOf('\t');
  const [, mode, kind, id, size] = LINE.exec(entry.subarray(0, Math.max(0, tab)).toString('latin1')) ?? [];
  if (mode === undefined || kind === undefined || id === undefined) {
    throw new TransientError('FetchFailed', `git listed something that is no entry: ${printable(entry)}`);
  }
  const bits = Number.parseInt(mode, 8);
  return {
    path: entry.subarray(tab + 1),
    type: typeOf(bits, kind),
    executable: (bits & 0o100) !== 0,
    size: kind === 'blob' && size !== '-' ? Number(size) : 0,
    open: () => objects.read(id),
  };
}

function typeOf(mode: number, kind: string): EntryType {
  switch (mode & 0o170000) {
    case 0o100000:
      return kind === 'blob' ? 'file' : 'other';
    case 0o120000:
      return kind === 'blob' ? 'symlink' : 'other';
    case 0o160000:
      return 'submodule';
    default:
      return 'other';
  }
}

/** Why there was nothing to list. */
async function explain(
  { revision, path = '' }: TreeRequest,
  objects: ObjectReader,
  stderr: string,
): Promise<PermanentError> {
  const type = await objects.typeOf(`${revision}:${path}`);
  if (type === 'tree') {
    return new PermanentError('InvalidContent', `git cannot list ${revision}: ${printable(stderr.trim())}`);
  }
  const problem = type === undefined ? 'is not in' : `is a ${type}, not a folder, in`;
  return new PermanentError('InvalidContent', `the path ${printable(path)} ${problem} ${revision}`);
}
