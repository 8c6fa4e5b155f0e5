// Tools that note, of each file, what of it a flush has brought to disk, and hold every swap against that.
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SwapMode } from '../../../lib/target/target.ts';

export interface FlushRecorder {
  /** PATH for the program that is recorded. */
  readonly searchPath: string;
  /** Forgets what was noted. */
  clear(): Promise<void>;
  /** In their order: `flush`, `swap <folder>`, and `unflushed <folder>` for a swap of what no flush had brought to disk. */
  notes(): Promise<readonly string[]>;
}

/** Inode and hash of each file that its arguments name or hold: what a file is, wherever it is moved to. */
const PRINTS = `find "$@" -type f 2>/dev/null | while IFS= read -r file; do
  echo "$(/usr/bin/stat -c %i "$file") $(/usr/bin/sha256sum <"$file")"
done | /usr/bin/sort -u`;

/** @param folder that the program may write to, outside of its workspace */
export async function recordFlushes(folder: string, swapMode: SwapMode): Promise<FlushRecorder> {
  const [tools, notes, flushed] = [join(folder, 'tools'), join(folder, 'notes'), join(folder, 'flushed')];
  const add = async (name: string, script: string): Promise<void> => {
    const text = `#!/bin/sh\nprints() {\n${PRINTS}\n}\nnote() { echo "$*" >>${notes}; }\n${script}\n`;
    await writeFile(join(tools, name), text);
    await chmod(join(tools, name), 0o755);
  };
  const clear = async (): Promise<void> => {
    for (const path of [notes, flushed]) {
      await writeFile(path, '');
      await chmod(path, 0o666);
    }
  };
  await mkdir(tools);
  await clear();
  // What is due after a swap is lost with it, unless it is on disk before.
  const swap = `swap() {
  [ -z "$(prints "$1" .controller/.todo-* | /usr/bin/comm -23 - ${flushed})" ] || note "unflushed $2"
  note "swap $2"
}`;
  await add('sync', `[ "$*" = '-f /proc' ] || { prints . >${flushed} && note flush; }`);
  await add(
    'mv',
    `${swap}\nfor to; do :; done\ncase $2:$to in .staging/*:[!.]*) swap "$2" "$to" ;; esac\nexec /usr/bin/mv "$@"`,
  );
  for (const tool of ['perl', 'python3']) {
    await add(tool, swapMode === 'Rename' ? 'exit 1' : `${swap}\n${BY_SCRIPT}\nexec /usr/bin/${tool} "$@"`);
  }
  return {
    searchPath: `${tools}:/usr/bin:/bin`,
    clear,
    notes: async () => (await readFile(notes, 'utf8')).split('\n').filter((line) => line !== ''),
  };
}

/** After the options and the program come pairs of a live folder and a staged one. */
const BY_SCRIPT = `for each; do
  case $each in .staging/*) swap "$each" "$live" ;; esac
  live=$each
done`;
