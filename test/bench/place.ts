// Where workspaces are: folders of this machine, or containers of the engine, many of a kind.
import { lchown, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Docker } from '../../lib/embedded/docker.ts';
import { silentLogger } from '../../lib/logger.ts';
import { createRuntimes } from '../../lib/runtimes/registry.ts';
import type { Runtime, RuntimeSpec } from '../../lib/runtimes/runtime.ts';
import { SEARCH_PATH } from './product.ts';

export type PlaceKind = 'directory' | 'docker';

/** Who the agent is. */
const AGENT = 1000;
const OWNER = { uid: AGENT, gid: AGENT };

export interface Place {
  readonly name: string;
  /** `spec` of its Workspace. */
  readonly spec: Readonly<Record<string, unknown>>;
  /** As the controller reaches it. */
  readonly runtime: Runtime;
}

export interface Ground {
  readonly kind: PlaceKind;
  /** A new folder for all of them. */
  readonly folder: string;
  readonly docker: () => Promise<Docker>;
}

/** Makes an empty workspace. Containers have Debian's tools. */
export async function makePlace({ kind, folder, docker }: Ground, name: string): Promise<Place> {
  const path = join(folder, name);
  await mkdir(path, { recursive: true });
  await lchown(path, AGENT, AGENT);
  const open = (dockerHost: string | undefined, spec: RuntimeSpec): Runtime =>
    createRuntimes({
      ...{ dockerHost, directoryRoots: [folder], searchPath: SEARCH_PATH, logger: silentLogger },
    }).open(spec);
  if (kind === 'directory') {
    const pluginsPath = '/configs/plugins';
    const runtime = open(undefined, { kind, path, pluginsPath, owner: OWNER });
    return { name, spec: { runtime: { directory: { path } } }, runtime };
  }
  const engine = await docker();
  await engine.run(name, 'debian', { binds: [`${path}:/configs`] });
  const runtime = open(engine.host, { kind, container: name, pluginsPath: '/configs/plugins', owner: OWNER });
  return { name, spec: { runtime: { docker: { container: name } } }, runtime };
}
