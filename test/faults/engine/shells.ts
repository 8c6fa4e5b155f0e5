// Shells that behave badly in the place of a workspace's own: found first on the PATH, in a directory and in a container.
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface BadShell {
  readonly name: string;
  /** Of a POSIX shell; `real "$@"` is what should have been run. */
  readonly script: string;
  /** It comes to no end by itself. */
  readonly isEndless?: true;
}

const MEBIBYTE = 1024 * 1024;

/** What must not be kept; bytes. */
export const FLOOD_BYTES = 1024 * MEBIBYTE;

const HEAD = '#!/bin/sh\nPATH=/usr/bin:/bin\nexport PATH\nreal() { /bin/sh "$@"; }\n';

export const BAD_SHELLS: readonly BadShell[] = [
  { name: 'does nothing and says 0', script: 'exit 0' },
  { name: 'hears everything, does nothing and says 0', script: 'cat >/dev/null' },
  { name: 'does all of it, says nothing and says 0', script: 'real "$@" >/dev/null' },
  { name: 'does all of it, but ends badly', script: 'real "$@"\nexit 1' },
  { name: 'does all of it, and is then killed', script: 'real "$@"\nkill -9 $$' },
  { name: 'is killed before it does anything', script: 'kill -9 $$' },
  { name: 'kills what it runs, and says 0', script: 'real "$@" <&0 &\nsleep 0.2\nkill -9 $!\nexit 0' },
  { name: 'hears the half, and says 0', script: 'head -c 40000 | real "$@"\nexit 0' },
  { name: 'says the half, and says 0', script: 'real "$@" | head -c 60\nexit 0' },
  { name: 'says all but the end, and says 0', script: 'real "$@" | sed \'$d\'\nexit 0' },
  { name: 'says all of it twice', script: 'real "$@" | sed p' },
  { name: 'says something else', script: 'cat >/dev/null\necho I have done as I was told' },
  { name: 'says random bytes', script: 'cat >/dev/null\nhead -c 300000 /dev/urandom' },
  { name: 'answers as nobody asked', script: "cat >/dev/null\nprintf 'target 1\\nend\\n'" },
  { name: 'ends, and leaves one that holds its streams', script: 'sleep 1000 &\nexit 0', isEndless: true },
  { name: 'closes its streams and never ends', script: 'exec <&- >&- 2>&-\nsleep 1000', isEndless: true },
  { name: 'hears nothing and never ends', script: 'sleep 1000', isEndless: true },
  { name: 'does all of it and never ends', script: 'real "$@"\nsleep 1000', isEndless: true },
];

/** Each says 1 GiB. */
export const FLOODING_SHELLS: readonly BadShell[] = [
  { name: 'says 1 GiB', script: `head -c ${FLOOD_BYTES} /dev/zero` },
  { name: 'complains 1 GiB', script: `head -c ${FLOOD_BYTES} /dev/zero >&2` },
  { name: 'does all of it, then complains 1 GiB', script: `real "$@"\nhead -c ${FLOOD_BYTES} /dev/zero >&2` },
];

/** @returns the PATH on which it is found */
export async function layShell(folder: string, { script }: BadShell): Promise<string> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'sh'), `${HEAD}${script}\n`);
  await chmod(join(folder, 'sh'), 0o755);
  return folder;
}
