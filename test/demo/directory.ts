// The directory workspace of the samples: made for the story, and gone afterwards.
import { chown, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { messageOf } from '../../lib/errors.ts';
import { guardFolder } from '../../lib/embedded/scratch.ts';

/** As `manifests/samples/workspace-directory.yaml` has it. */
const OWNER = 1001;

export interface Directory {
  /** The folder above it. */
  readonly root: string;
  remove(): Promise<void>;
}

/** @throws Error when there is something at this path already, or it cannot be made */
export async function makeDirectory(path: string): Promise<Directory> {
  try {
    await mkdir(path);
  } catch (error) {
    throw new Error(
      `the demo makes ${path} and takes it away again, but ${messageOf(error)}: mend that, then run it again`,
      { cause: error },
    );
  }
  const guard = guardFolder(path);
  await chown(path, OWNER, OWNER);
  return { root: dirname(path), remove: () => guard.remove() };
}
