// Where strings that try to be more than data are tried: a workspace on this machine, a canary beside it, and the files that
// those who are taken in would make.
import { chmod, chown, lstat, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { createScratch } from '../../../lib/embedded/scratch.ts';
import { failureOf, type Failure } from '../../../lib/errors.ts';
import { silentLogger } from '../../../lib/logger.ts';
import type { DirectorySpec } from '../../../lib/runtimes/directory.ts';
import { createRuntimes } from '../../../lib/runtimes/registry.ts';
import type { ContainerRef, Runtime } from '../../../lib/runtimes/runtime.ts';
import { owner } from './stand.ts';

export interface Bed {
  /** Anybody may make files there. */
  readonly folder: string;
  readonly workspace: string;
  open(change?: Partial<DirectorySpec>): Runtime;
  /** Of an engine that does not answer. */
  openContainer(container: ContainerRef): Runtime;
  /** Goes on in another workspace. */
  renew(): Promise<void>;
  expectUntouched(): Promise<void>;
  close(): Promise<void>;
}

export async function openBed(): Promise<Bed> {
  const scratch = await createScratch('injection');
  const [folder, canary] = [scratch.path, join(scratch.path, 'canary')];
  await chmod(folder, 0o777);
  await mkdir(canary);
  await writeFile(join(canary, 'file'), 'untouched');
  await chown(join(canary, 'file'), owner.uid, owner.gid);
  const runtimes = createRuntimes({
    dockerHost: `unix://${join(folder, 'no-engine')}`,
    directoryRoots: [folder],
    searchPath: '/usr/bin:/bin',
    logger: silentLogger,
  });
  const common = { pluginsPath: '/plugins', owner } as const;
  const untouched = await printOf(canary);
  let count = 0;
  const workspace = (): string => join(folder, 'workspaces', String(count));
  return {
    folder,
    get workspace() {
      return workspace();
    },
    open: (change = {}) => runtimes.open({ kind: 'directory', path: workspace(), ...common, ...change }),
    openContainer: (container) => runtimes.open({ kind: 'docker', container, ...common }),
    async renew() {
      count += 1;
      await ownFolder(workspace());
    },
    async expectUntouched() {
      expect((await readdir(folder)).sort()).to.deep.equal(['canary', 'workspaces']);
      expect(await printOf(canary)).to.deep.equal(untouched);
    },
    close: () => scratch.remove(),
  };
}

/** Of the workspace's owner. */
export async function ownFolder(path: string): Promise<string> {
  await mkdir(path, { recursive: true });
  await chown(path, owner.uid, owner.gid);
  return path;
}

async function printOf(canary: string): Promise<readonly unknown[]> {
  const file = join(canary, 'file');
  const stats = await Promise.all([canary, file].map((path) => lstat(path)));
  const prints = stats.map(({ ino, mode, uid, size, mtimeMs }) => [ino, mode, uid, size, mtimeMs]);
  return [...prints, await readdir(canary), await readFile(file, 'utf8')];
}

/** Only errors of ours may be thrown, and what a person is told of them is one line that a terminal shows as it is. */
export async function refusal(call: Promise<unknown>): Promise<Failure> {
  const error: unknown = await call.then(
    () => new Error('it was not refused'),
    (reason: unknown) => reason,
  );
  const failure = failureOf(error);
  expect(failure.message).to.match(/^[^\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]*$/u);
  return failure;
}
