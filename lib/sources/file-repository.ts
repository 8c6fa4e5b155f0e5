// A repository in a folder of this machine: it, and all it is made of, must lie below a permitted root.
import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PermanentError, TransientError } from '../errors.ts';
import { isBelow } from './url.ts';

/** All that git reads of a repository whose refs and content it hands out. */
const PARTS = [
  'HEAD',
  'commondir',
  'config',
  'config.worktree',
  'info',
  'objects',
  'packed-refs',
  'refs',
  'reftable',
  'shallow',
];
/** More is a repository that its owner has to pack first; each of its entries is looked at before each talk. */
const MAX_ENTRIES = 200_000;
const MAX_DEPTH = 64;
const MAX_TEXT_BYTES = 1024 * 1024;

/** Files in which a repository says that a part of it is elsewhere, and how. */
const POINTERS: readonly (readonly [name: string, says: RegExp])[] = [
  ['commondir', /\S/],
  ['objects/info/alternates', /\S/],
  // What is included, and where what is missing would be fetched from, with a program of the repository's choice.
  ['config', /\[\s*include|promisor|partialclone/i],
  ['config.worktree', /\[\s*include|promisor|partialclone/i],
];

/**
 * The real folder behind a `file://` URL, as git has to be told it: the one with HEAD, objects and refs.
 * @throws PermanentError `NotPermitted` for one that leads out of the roots, by a symlink or by saying so, or that holds
 * what is no file; `TooLarge` for one of too many files; TransientError `FetchFailed` when there is no such folder
 */
export async function realRepository(repository: string, roots: readonly string[]): Promise<string> {
  const path = await resolved(fileURLToPath(repository), repository);
  const realRoots = await Promise.all(roots.map((root) => resolved(root, root)));
  const inspection = new Inspection(repository, realRoots);
  if (!inspection.isInside(path))
    throw inspection.refusal('leads out of the folders this controller may read');
  try {
    const gitDir = await inspection.gitDirOf(path);
    for (const part of PARTS) await inspection.walk(gitDir, part);
    for (const [name, says] of POINTERS) {
      if (says.test(await inspection.textOf(gitDir, name))) throw inspection.elsewhere(name);
    }
    return gitDir;
  } catch (error) {
    if (error instanceof PermanentError) throw error;
    // Such as a pack that was removed since it was listed, or a folder of somebody else.
    throw new TransientError('FetchFailed', `${repository} cannot be looked through`, { cause: error });
  }
}

/** One look at all parts of one repository. */
class Inspection {
  readonly #repository: string;
  readonly #roots: readonly string[];
  #entries = 0;

  constructor(repository: string, realRoots: readonly string[]) {
    this.#repository = repository;
    this.#roots = realRoots;
  }

  isInside(path: string): boolean {
    return this.#roots.some((root) => isBelow(path, root));
  }

  refusal(what: string): PermanentError {
    return new PermanentError('NotPermitted', `${this.#repository} ${what}`);
  }

  elsewhere(part: string): PermanentError {
    return this.refusal(`has parts elsewhere (${part}); only whole repositories are read`);
  }

  /** A folder that is worked in has its repository below `.git`. */
  async gitDirOf(path: string): Promise<string> {
    const inner = await realpath(join(path, '.git')).catch(absent);
    if (inner === undefined) return path;
    if (!this.isInside(inner) || !(await stat(inner)).isDirectory()) throw this.elsewhere('.git');
    return inner;
  }

  /** Follows links that stay inside, as git does. */
  async walk(gitDir: string, part: string, depth = 0): Promise<void> {
    const real = await realpath(join(gitDir, part)).catch(absent);
    if (real === undefined) return;
    if (!this.isInside(real)) throw this.elsewhere(part);
    const found = await stat(real);
    if (found.isFile()) return;
    if (!found.isDirectory() || depth > MAX_DEPTH) throw this.refusal(`holds what is no file (${part})`);
    for (const entry of await readdir(real, { withFileTypes: true })) {
      this.#entries += 1;
      if (this.#entries > MAX_ENTRIES) throw this.#tooLarge();
      if (entry.name.includes('\ufffd')) throw this.refusal(`holds a name that is not UTF-8 (${part})`);
      // A plain file of a folder that is inside is inside.
      if (!entry.isFile()) await this.walk(gitDir, join(relative(gitDir, real), entry.name), depth + 1);
    }
  }

  #tooLarge(): PermanentError {
    const message = `${this.#repository} has more than ${MAX_ENTRIES} files: run git gc in it`;
    return new PermanentError('TooLarge', message);
  }

  /** Called for what is a file inside, or is not there. */
  async textOf(gitDir: string, name: string): Promise<string> {
    const path = join(gitDir, name);
    const size = (await stat(path).catch(absent))?.size ?? 0;
    if (size > MAX_TEXT_BYTES) throw this.refusal(`has more than ${MAX_TEXT_BYTES} bytes in ${name}`);
    return size === 0 ? '' : readFile(path, 'latin1');
  }
}

/** What is not there leads nowhere; a dangling link does not, either. */
function absent(): undefined {
  return undefined;
}

async function resolved(path: string, named: string): Promise<string> {
  return realpath(path).catch((error: unknown) => {
    throw new TransientError('FetchFailed', `there is no folder at ${named}`, { cause: error });
  });
}
