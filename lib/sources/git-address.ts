// From a repository's URL to what git is given: which URL, and which protocols it may speak there.
import { realpath } from 'node:fs/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { PermanentError, TransientError } from '../errors.ts';
import { isBelow } from './url.ts';

export interface GitAddress {
  readonly url: string;
  readonly protocols: string;
}

/**
 * A redirect never leads from https to http. A `file://` URL is followed to the real folder, which must still be
 * below a root.
 * @throws PermanentError `NotPermitted`; TransientError `FetchFailed` when there is no such folder
 */
export async function gitAddress(
  repository: string,
  fileSourceRoots: readonly string[],
): Promise<GitAddress> {
  if (repository.startsWith('https://')) return { url: repository, protocols: 'https' };
  if (repository.startsWith('http://')) return { url: repository, protocols: 'http:https' };
  return { url: pathToFileURL(await realFolder(repository, fileSourceRoots)).href, protocols: 'file' };
}

async function realFolder(repository: string, roots: readonly string[]): Promise<string> {
  const path = await resolved(fileURLToPath(repository), repository);
  for (const root of roots) {
    if (isBelow(path, await resolved(root, root))) return path;
  }
  throw new PermanentError('NotPermitted', `${repository} leads out of the folders this controller may read`);
}

async function resolved(path: string, named: string): Promise<string> {
  return realpath(path).catch((error: unknown) => {
    throw new TransientError('FetchFailed', `there is no folder at ${named}`, { cause: error });
  });
}
