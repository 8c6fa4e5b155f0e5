// A temporary folder that is gone when this process is, in whatever way it ends.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Waits for the end of its stdin, then removes; again while what is just ending still writes there, or makes it anew. */
const GUARDIAN = `
cat >/dev/null
tries=0
until { rm -rf -- "$1" 2>/dev/null && [ ! -e "$1" ]; } || [ $tries -ge 100 ]; do tries=$((tries + 1)); sleep 0.1; done
[ ! -e "$1" ]`;

export interface Scratch {
  readonly path: string;
  /** Removes the folder; may be called again. @throws Error when something there cannot be removed */
  remove(): Promise<void>;
}

/** @param prefix the beginning of the folder's name */
export async function createScratch(prefix: string): Promise<Scratch> {
  return guardFolder(await mkdtemp(join(tmpdir(), `${prefix}-`)));
}

/** For a folder of ours with a name that others know: gone when this process is, in whatever way it ends. */
export function guardFolder(path: string): Scratch {
  const guardian = spawn('sh', ['-c', GUARDIAN, 'sh', path], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const gone = once(guardian, 'exit');
  // A guardian that died already: the exit code below tells.
  guardian.stdin.on('error', () => undefined);
  guardian.unref();
  return {
    path,
    remove: async () => {
      guardian.ref();
      guardian.stdin.end();
      await gone;
      if (guardian.exitCode !== 0) {
        throw new Error(`the temporary folder ${path} could not be removed; remove it by hand`);
      }
    },
  };
}
