// A repository in a folder of this machine: it, and all it is made of, must lie below a permitted root.
import { lstat, readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PermanentError, TransientError } from '../errors.ts';
import { isBelow } from './url.ts';

/** What git would follow out of the folder if it were a symlink. */
const PARTS = [
  '',
  '.git',
  'HEAD',
  'config',
  'objects',
  'objects/pack',
  'objects/info',
  'refs',
  'packed-refs',
];
/** Files in which a repository says that a part of it is elsewhere. */
const POINTERS = ['commondir', 'objects/info/alternates'];

/**
 * The real folder behind a `file://` URL.
 * @throws PermanentError `NotPermitted` for one that leads out of the roots, by a symlink or by saying so; TransientError
 * `FetchFailed` when there is no such folder
 */
export async function realRepository(repository: string, roots: readonly string[]): Promise<string> {
  const path = await resolved(fileURLToPath(repository), repository);
  const realRoots = await Promise.all(roots.map((root) => resolved(root, root)));
  const refuse = (what: string) => new PermanentError('NotPermitted', `${repository} ${what}`);
  if (!isInside(path, realRoots)) throw refuse('leads out of the folders this controller may read');
  for (const gitDir of [path, join(path, '.git')]) {
    const way = (await wayOut(gitDir, realRoots)) ?? (await pointer(gitDir));
    if (way !== undefined) throw refuse(`has parts elsewhere (${way}); only whole repositories are read`);
  }
  return path;
}

function isInside(path: string, realRoots: readonly string[]): boolean {
  return realRoots.some((root) => isBelow(path, root));
}

/** The part of the repository that is a symlink to somewhere outside, if any. */
async function wayOut(gitDir: string, realRoots: readonly string[]): Promise<string | undefined> {
  for (const part of PARTS) {
    const real = await realpath(join(gitDir, part)).catch(absent);
    if (real !== undefined && !isInside(real, realRoots)) return part === '' ? '.git' : part;
  }
  return undefined;
}

async function pointer(gitDir: string): Promise<string | undefined> {
  for (const name of POINTERS) {
    const content = await readFile(join(gitDir, name), 'utf8').catch(absent);
    if (content !== undefined && content.trim() !== '') return name;
  }
  const isFile = (await lstat(join(gitDir, '.git')).catch(absent))?.isFile();
  return isFile === true ? '.git' : undefined;
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
