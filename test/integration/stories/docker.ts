// One Docker engine for all stories, and workspaces in it whose /configs can be read from outside.
import { lchown, mkdir } from 'node:fs/promises';
import { startDocker } from '../../../lib/embedded/docker.ts';
import { workspaceManifest, type Manifest } from '../../support/manifests.ts';
import { shared } from '../support/shared.ts';
import type { World } from './world.ts';

/** The first call takes some seconds, or minutes where images must be made first. */
export const docker = shared(
  () => startDocker({ onProgress: (message) => process.stderr.write(`${message}\n`) }),
  (engine) => engine.stop(),
);

export interface ContainerOptions {
  readonly image: 'busybox' | 'debian';
  /** More mounts, as `/host/folder:/container/folder`. */
  readonly binds?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  /** What its first process is; default: one that does nothing. */
  readonly command?: readonly string[];
}

/** A container of the Workspace's name, prefixed by the namespace, and the Workspace for it. */
export async function containerWorkspace(
  world: World,
  name: string,
  { image, binds = [], labels = {}, command }: ContainerOptions,
): Promise<Manifest> {
  const engine = await docker();
  await mkdir(world.folder(name, 'configs', 'plugins'), { recursive: true });
  for (const below of [[], ['configs'], ['configs', 'plugins']]) {
    await lchown(world.folder(name, ...below), 1000, 1000);
  }
  const container = containerOf(world, name);
  const mounts = [`${world.folder(name, 'configs')}:/configs`, ...binds];
  await engine.run(container, image, {
    binds: mounts,
    labels,
    ...(command === undefined ? {} : { command }),
  });
  return workspaceManifest({ runtime: { docker: { container } } }, { name, namespace: world.namespace });
}

export function containerOf(world: World, name: string): string {
  return `${world.namespace}-${name}`;
}
