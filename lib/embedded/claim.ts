// One process at a time for a folder, without anything that could be left behind.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { realpath } from 'node:fs/promises';
import { createServer } from 'node:net';

/** The folder is another process's now. */
export class FolderTakenError extends Error {}

/**
 * Claims a folder until it is disposed of, or this process ends, however that happens: a socket without a file, whose
 * name is made of the folder's.
 * @throws FolderTakenError
 */
export async function claimFolder(folder: string): Promise<AsyncDisposable> {
  const name = createHash('sha256')
    .update(await realpath(folder))
    .digest('hex');
  const server = createServer();
  try {
    server.listen(`\0workspace-plugin-controller/${name}`);
    await once(server, 'listening');
  } catch (error) {
    throw new FolderTakenError(`${folder} is in use by another process`, { cause: error });
  }
  server.unref();
  return {
    [Symbol.asyncDispose]: async () => {
      server.close();
      await once(server, 'close');
    },
  };
}
