// What stands on disk in a workspace, read from this machine by other means than the target program's.
import { createHash } from 'node:crypto';
import { chown, cp, lstat, mkdir, readFile, readdir, readlink, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Owner } from '../../../lib/runtimes/runtime.ts';

export const ABSENT = 'absent';

export interface DiskState {
  readonly live: string;
  readonly previous: readonly string[];
  /** What is there besides: staging, locks, temporary files. */
  readonly residue: readonly string[];
}

/** One text for the live folder: content and whether it is marked; equal texts are equal trees. */
export async function liveOf(workspace: string): Promise<string> {
  return print(join(workspace, 'plugins', 'demo'));
}

export async function stateOf(workspace: string): Promise<DiskState> {
  const plugins = join(workspace, 'plugins');
  const snapshots = await list(join(plugins, '.previous'));
  const previous = await Promise.all(snapshots.map((name) => print(join(plugins, '.previous', name))));
  const ours = (await list(join(plugins, '.controller'))).filter((name) => name !== '.ticket');
  const others = (await list(plugins)).filter((name) => !['demo', '.previous', '.controller'].includes(name));
  return { live: await liveOf(workspace), previous: previous.sort(), residue: [...ours, ...others] };
}

/** Makes a workspace anew: empty, or as a copy of another; all of it the owner's. */
export async function resetWorkspace(workspace: string, owner: Owner, from?: string): Promise<void> {
  await rm(workspace, { recursive: true, force: true });
  if (from === undefined) await mkdir(workspace);
  else await copyWorkspace(from, workspace);
  await ownAll(workspace, owner);
}

export async function copyWorkspace(from: string, to: string): Promise<void> {
  await rm(to, { recursive: true, force: true });
  await cp(from, to, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
}

async function print(path: string, below = ''): Promise<string> {
  const stat = await lstat(path).catch(() => undefined);
  if (stat === undefined) return ABSENT;
  if (stat.isSymbolicLink()) return `${below} -> ${await readlink(path)}\n`;
  if (!stat.isDirectory()) {
    const isMarker = below === '/.complete';
    const hash = createHash('sha256').update(isMarker ? '' : await readFile(path));
    return `${below} ${(stat.mode & 0o777).toString(8)} ${hash.digest('hex')}\n`;
  }
  const parts = await Promise.all(
    (await list(path)).map((name) => print(join(path, name), `${below}/${name}`)),
  );
  return parts.join('');
}

async function list(path: string): Promise<string[]> {
  return (await readdir(path).catch(() => [])).sort();
}

async function ownAll(path: string, owner: Owner): Promise<void> {
  const stat = await lstat(path);
  if (stat.isSymbolicLink()) return;
  await chown(path, owner.uid, owner.gid);
  if (!stat.isDirectory()) return;
  for (const name of await list(path)) await ownAll(join(path, name), owner);
}
