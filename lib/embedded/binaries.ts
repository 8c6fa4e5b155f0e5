// Finds the Kubernetes programs, in the order of how quick that is: assets, cache, download, build.
import { createHash } from 'node:crypto';
import { access, constants, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildKubernetes } from './build.ts';
import { LAST_DOWNLOADED, downloadKubernetes } from './download.ts';
import type { Progress } from './progress.ts';
import { readSettings } from './settings.ts';
import type { Settings } from './settings.ts';

/** The beginning of an argument vector. */
export type Program = readonly [string, ...string[]];

export interface Programs {
  readonly etcd: Program;
  readonly apiserver: Program;
  readonly kubectl: Program;
  /** Undefined where only the envtest programs are there: then nothing collects garbage or empties namespaces. */
  readonly controllerManager: Program | undefined;
}

/** The module that is built, next to this file. */
const MODULE = join(import.meta.dirname, 'kubernetes');

/** @throws Error that says what to install, when none of the ways leads to the programs */
export async function findPrograms(
  onProgress: Progress,
  settings: Settings = readSettings(),
): Promise<Programs> {
  if (settings.assets !== undefined) {
    return programsIn(settings.assets, 'KUBEBUILDER_ASSETS');
  }
  const { version, key } = await identify();
  const folder = join(settings.cache, 'kubernetes', key);
  const built = join(folder, 'embedded');
  if (await isExecutable(built)) {
    return oneBinary(built);
  }
  if (await isExecutable(join(folder, LAST_DOWNLOADED))) {
    return programsIn(folder, 'the cache');
  }
  await mkdir(folder, { recursive: true });
  if (settings.archiveURL !== undefined) {
    await downloadKubernetes(settings.archiveURL, folder, onProgress);
    return programsIn(folder, settings.archiveURL);
  }
  await buildKubernetes({ module: MODULE, version, target: built, onProgress });
  return oneBinary(built);
}

/** Version of Kubernetes as go.mod names it, and the name that tells one content of the module from another. */
async function identify(): Promise<{ version: string; key: string }> {
  const hash = createHash('sha256');
  for (const name of ['go.mod', 'go.sum', 'main.go']) {
    hash.update(await readFile(join(MODULE, name)));
  }
  const version = /k8s\.io\/kubernetes (v[\d.]+)/.exec(await readFile(join(MODULE, 'go.mod'), 'utf8'))?.[1];
  if (version === undefined) {
    throw new Error(`${join(MODULE, 'go.mod')} names no version of k8s.io/kubernetes; restore the file`);
  }
  return { version, key: `${version}-${hash.digest('hex').slice(0, 12)}` };
}

function oneBinary(path: string): Programs {
  return {
    etcd: [path, 'etcd'],
    apiserver: [path, 'kube-apiserver'],
    kubectl: [path, 'kubectl'],
    controllerManager: [path, 'kube-controller-manager'],
  };
}

async function programsIn(folder: string, origin: string): Promise<Programs> {
  for (const name of ['etcd', 'kube-apiserver', 'kubectl']) {
    if (!(await isExecutable(join(folder, name)))) {
      throw new Error(
        `${origin} has no executable ${name} (looked in ${folder}); correct it, or unset it to build one`,
      );
    }
  }
  const manager = join(folder, 'kube-controller-manager');
  return {
    etcd: [join(folder, 'etcd')],
    apiserver: [join(folder, 'kube-apiserver')],
    kubectl: [join(folder, 'kubectl')],
    controllerManager: (await isExecutable(manager)) ? [manager] : undefined,
  };
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    // Missing or not ours to run: either way it is to be had in another way.
    return false;
  }
}
