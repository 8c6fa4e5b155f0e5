// Tools that end the target program, by kill -9, before a chosen one of its own external commands.
import { execFile } from 'node:child_process';
import { chmod, copyFile, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { SwapMode } from '../../../lib/target/target.ts';

const READERS = ['find', 'xargs', 'sha256sum', 'sed', 'sort', 'uniq', 'tail', 'tr', 'date'];
const WRITERS = ['tar', 'dd', 'cat', 'cp', 'mv', 'rm', 'rmdir', 'mkdir', 'chmod'];

const NEVER = 1_000_000;

export interface Tripwire {
  /** PATH for a program that is to be killed or counted. */
  readonly wired: string;
  /** PATH for one that runs undisturbed, with the same tools. */
  readonly plain: string;
  /** From now on the nth command is not run any more; undefined: all are. */
  readonly arm: (nth: number | undefined) => Promise<void>;
  /** How many commands were asked for since it was armed. */
  readonly count: () => Promise<number>;
}

export interface TripwireOptions {
  readonly swapMode: SwapMode;
  /** Whose tools: busybox's, or those that are in /usr/bin where the program runs. */
  readonly tools: 'busybox' | 'debian';
}

/**
 * In Rename mode only commands that write are counted: what is read in between is the same text as in Exchange mode, and a
 * kill before it leaves the same on disk as one before the next that writes.
 * @param folder has the same path where the program runs
 */
export async function layTripwire(folder: string, { swapMode, tools }: TripwireOptions): Promise<Tripwire> {
  const busybox = join(folder, 'busybox');
  const [wired, plain] = [join(folder, 'wired'), join(folder, 'plain')];
  const [dots, limit] = [join(folder, 'dots'), join(folder, 'limit')];
  const trip =
    `printf . >>${dots}\nIFS= read -r dots <${dots}\nread -r limit <${limit}\n` +
    '[ "${#dots}" -lt "$limit" ] || kill -9 0\n';
  const add = async (name: string, command: string, isCounted: boolean): Promise<void> => {
    const [program = ''] = command.split(' ');
    await writeFile(join(wired, name), `#!/bin/sh\n${isCounted ? trip : ''}exec ${command} "$@"\n`);
    await chmod(join(wired, name), 0o755);
    await symlink(program, join(plain, name));
  };
  const tool = (name: string): string => (tools === 'busybox' ? `${busybox} ${name}` : `/usr/bin/${name}`);
  await mkdir(wired);
  await mkdir(plain);
  if (tools === 'busybox') await copyBusybox(busybox);
  for (const name of WRITERS) await add(name, tool(name), true);
  for (const name of READERS) await add(name, tool(name), swapMode === 'Exchange');
  if (swapMode === 'Exchange') await add('perl', '/usr/bin/perl', true);
  for (const name of ['ln', 'sleep', 'env', 'stat']) await add(name, tool(name), false);
  // busybox's own sh would not look for its tools in PATH.
  await symlink('/bin/dash', join(wired, 'sh'));
  await symlink(tools === 'busybox' ? busybox : '/bin/dash', join(plain, 'sh'));
  // kill -9 loses nothing that the kernel holds, so that nothing has to be flushed.
  await add('sync', '/bin/true', false);
  return {
    wired,
    plain,
    arm: async (nth) => {
      await writeFile(dots, '');
      await chmod(dots, 0o666);
      await writeFile(limit, `${nth ?? NEVER}\n`);
    },
    count: async () => (await readFile(dots, 'utf8')).length,
  };
}

async function copyBusybox(to: string): Promise<void> {
  const { stdout } = await promisify(execFile)('sh', ['-c', 'command -v busybox']);
  await copyFile(stdout.trim(), to);
  await chmod(to, 0o755);
}
