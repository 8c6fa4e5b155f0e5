// Where the target program is put to the test: folders of this machine, entered directly or through a container.
import { chmod, chown, mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { startDocker, type Docker } from '../../../lib/embedded/docker.ts';
import { createScratch, type Scratch } from '../../../lib/embedded/scratch.ts';
import { silentLogger } from '../../../lib/logger.ts';
import { createRuntimes } from '../../../lib/runtimes/registry.ts';
import type { Owner, Runtime } from '../../../lib/runtimes/runtime.ts';
import { createSession } from '../../../lib/target/session.ts';
import type { Session } from '../../../lib/target/target.ts';
import { hastyClock } from '../../support/hasty-clock.ts';

export const owner: Owner = { uid: 1000, gid: 1000 };

export interface Stand {
  /** A folder that has the same path on this machine and where the commands run. */
  readonly folder: string;
  /** Into `<workspace>/plugins`, which is a folder below `folder`. */
  open(workspace: string): Runtime;
  close(): Promise<void>;
}

export interface DockerStand extends Stand {
  readonly docker: Docker;
  /** Into any folder of a container; the default is the one that has `folder`. */
  enter(pluginsPath: string, container?: string): Runtime;
}

/** A new workspace that belongs to the agent; its path. */
export async function newWorkspace({ folder }: Stand): Promise<string> {
  const workspace = await mkdtemp(join(folder, 'workspace-'));
  await chown(workspace, owner.uid, owner.gid);
  return workspace;
}

export async function openDirectoryStand(): Promise<Stand> {
  const scratch = await openScratch();
  const config = {
    dockerHost: undefined,
    directoryRoots: [scratch.path],
    searchPath: '/usr/bin:/bin',
    logger: silentLogger,
  };
  const runtimes = createRuntimes(config);
  return {
    folder: scratch.path,
    open: (path) => runtimes.open({ kind: 'directory', path, pluginsPath: '/plugins', owner }),
    close: () => scratch.remove(),
  };
}

/** A container with Debian's tools and python3. */
export async function openDockerStand(): Promise<DockerStand> {
  const scratch = await openScratch();
  const docker = await startDocker({ onProgress: (message) => process.stderr.write(`      ${message}\n`) });
  const close = async (): Promise<void> => {
    await docker.stop();
    await scratch.remove();
  };
  const config = { dockerHost: docker.host, directoryRoots: [], searchPath: '', logger: silentLogger };
  const runtimes = createRuntimes(config);
  const enter = (pluginsPath: string, container = 'stand'): Runtime =>
    runtimes.open({ kind: 'docker', container, pluginsPath, owner });
  try {
    await docker.run('stand', 'debian', { binds: [`${scratch.path}:${scratch.path}`] });
  } catch (error) {
    await close();
    throw error;
  }
  return { folder: scratch.path, docker, enter, open: (path) => enter(join(path, 'plugins')), close };
}

async function openScratch(): Promise<Scratch> {
  const scratch = await createScratch('stand');
  await chmod(scratch.path, 0o755);
  return scratch;
}

/** The same runtime with another PATH: each command is found, and finds its tools, there alone. */
export function withSearchPath(runtime: Runtime, searchPath: string): Runtime {
  return {
    kind: runtime.kind,
    pluginsPath: runtime.pluginsPath,
    restarts: runtime.restarts,
    restart: (signal) => runtime.restart(signal),
    probe: (signal) => runtime.probe(signal),
    run: (command) => runtime.run({ ...command, argv: ['env', `PATH=${searchPath}`, ...command.argv] }),
  };
}

export function openSession(runtime: Runtime): Session {
  const epoch = { since: 1, transitions: 0 };
  return createSession({ runtime, epoch: () => epoch, clock: hastyClock, logger: silentLogger });
}
