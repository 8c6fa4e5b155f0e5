// What all cases share: one control plane, one Docker engine, the plugin's repository, namespaces, a scratch folder.
import { chmod, cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { startControlPlane, type ControlPlane } from '../../lib/embedded/control-plane.ts';
import { startDocker, type Docker } from '../../lib/embedded/docker.ts';
import { openRepository, type Repository } from '../../lib/embedded/git-repository.ts';
import { createScratch } from '../../lib/embedded/scratch.ts';
import { createKubeClient } from '../../lib/kube/client.ts';
import type { KubeClient } from '../../lib/kube/kube.ts';
import { kubectl } from '../integration/support/kubectl.ts';
import { VERSIONS, type VersionName } from './content.ts';
import { ObjectsView } from './objects.ts';
import { bundleProgram } from './program.ts';

const CRDS = join(import.meta.dirname, '..', '..', 'crds');

/** Namespaces are made so many at a time: one call of kubectl costs as much as all of them. */
const NAMESPACES_AT_ONCE = 25;

export interface Bed {
  readonly controlPlane: ControlPlane;
  readonly kube: KubeClient;
  /** What there is in the API server, as its watch tells. */
  readonly objects: ObjectsView;
  /** Started when first asked for. */
  readonly docker: () => Promise<Docker>;
  /** The controller under test as one file. */
  readonly program: string;
  /** Where Node keeps what it compiled, for all controllers. */
  readonly compiled: string;
  /** The commit of each version. */
  readonly revisions: Readonly<Record<VersionName, string>>;
  /** A new folder; its parents may be passed through by everybody. */
  folder(name: string): Promise<string>;
  namespace(): Promise<string>;
  /** Copies the repository into a folder: tags `v1` and `v2`, branch `stable` at `v1`. */
  repository(folder: string): Promise<Repository>;
  close(): Promise<void>;
}

export async function openBed(onProgress: (message: string) => void): Promise<Bed> {
  const scratch = await createScratch('faults');
  await chmod(scratch.path, 0o711);
  const controlPlane = await startControlPlane({ onProgress });
  await kubectl(controlPlane, ['apply', '-f', CRDS]);
  await kubectl(controlPlane, ['wait', '--for=condition=Established', '--timeout=60s', '-f', CRDS]);
  const compiled = join(scratch.path, 'compiled');
  await mkdir(compiled);
  const kube = createKubeClient({ kubeconfig: controlPlane.kubeconfig, userAgent: 'faults' });
  const template = join(scratch.path, 'template');
  const revisions = await fillRepository(await openRepository(template, process.env));
  const objects = new ObjectsView(kube);
  let docker: Promise<Docker> | undefined;
  return {
    ...{ controlPlane, kube, revisions, namespace: namespaces(controlPlane) },
    ...{ compiled, program: await bundleProgram(compiled), objects },
    docker: async () => (docker ??= startDocker({ onProgress })),
    folder: async (name) => {
      const folder = join(scratch.path, name);
      await mkdir(folder);
      return folder;
    },
    repository: async (folder) => {
      const path = join(folder, 'repository');
      await cp(template, path, { recursive: true });
      return openRepository(path, process.env);
    },
    close: async () => {
      await objects.close();
      kube.close();
      await Promise.all([controlPlane.stop(), docker?.then(async (engine) => engine.stop())]);
      await scratch.remove();
    },
  };
}

async function fillRepository(repository: Repository): Promise<Bed['revisions']> {
  const v1 = await repository.commit(VERSIONS.v1.files, { branch: 'stable', message: 'first' });
  await repository.tag('v1', v1);
  const v2 = await repository.commit(VERSIONS.v2.files, { branch: 'next', message: 'second' });
  await repository.tag('v2', v2);
  return { v1, v2 };
}

function namespaces(controlPlane: ControlPlane): () => Promise<string> {
  let made = 0;
  let batch: Promise<string[]> = Promise.resolve([]);
  const make = async (): Promise<string[]> => {
    const names = Array.from({ length: NAMESPACES_AT_ONCE }, (_, index) => `faults-${made + index}`);
    made += NAMESPACES_AT_ONCE;
    const items = names.map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }));
    const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
    await kubectl(controlPlane, ['create', '-f', '-'], list);
    return names;
  };
  return async () => {
    batch = batch.then(async (names) => (names.length > 0 ? names : make()));
    const name = (await batch).shift();
    if (name === undefined) throw new Error('no namespace was made');
    return name;
  };
}
