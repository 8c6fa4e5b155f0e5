// A small file system of its own, mounted for a test: unmounted when it is closed, and when this process ends in whatever way.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';

export interface Mount {
  readonly path: string;
  remount(how: 'ro' | 'rw'): Promise<void>;
  close(): Promise<void>;
}

/** Does on its stdin's words, and takes the mount away at its end. */
const GUARDIAN = `
mount -t tmpfs -o "size=$2,mode=755" none "$1" && echo done || exit 1
while read -r how; do
  mount -o "remount,$how" "$1" && echo done || break
done
umount "$1" || umount -l "$1"`;

/** @throws Error when it cannot be mounted */
export async function mountSmall(path: string, kibibytes: number): Promise<Mount> {
  await mkdir(path);
  const guardian = spawn('sh', ['-c', GUARDIAN, 'sh', path, `${kibibytes}k`], {
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const gone = once(guardian, 'exit');
  guardian.stdin.on('error', () => undefined);
  const done = async (what: string): Promise<void> => {
    const said = await Promise.race([once(guardian.stdout, 'data'), gone.then(() => undefined)]);
    if (said === undefined) throw new Error(`${path} could not be ${what}`);
  };
  await done('mounted');
  return {
    path,
    remount: async (how) => {
      guardian.stdin.write(`${how}\n`);
      await done(`mounted again as ${how}`);
    },
    close: async () => {
      guardian.stdin.end();
      await gone;
    },
  };
}
