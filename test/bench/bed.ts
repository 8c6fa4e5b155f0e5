// What all sections share: a control plane, a git server, a Docker engine, the compiled controller, a scratch folder.
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { startControlPlane, type ControlPlane } from '../../lib/embedded/control-plane.ts';
import { startDocker, type Docker } from '../../lib/embedded/docker.ts';
import { GitServer } from '../../lib/embedded/git-server.ts';
import { createScratch } from '../../lib/embedded/scratch.ts';
import { createKubeClient, type ClosableKubeClient } from '../../lib/kube/client.ts';
import { kubectl } from '../integration/support/kubectl.ts';
import { compileProduct } from './product.ts';

const CRDS = join(import.meta.dirname, '..', '..', 'crds');

export interface Bed {
  readonly controlPlane: ControlPlane;
  readonly kube: ClosableKubeClient;
  readonly git: GitServer;
  /** Path of the compiled controller. */
  readonly main: string;
  /** Everybody may pass through it. */
  readonly folder: string;
  /** Started when first asked for. */
  readonly docker: () => Promise<Docker>;
  close(): Promise<void>;
}

export async function openBed(onProgress: (message: string) => void): Promise<Bed> {
  await using owned = new AsyncDisposableStack();
  const scratch = owned.adopt(await createScratch('bench'), (part) => part.remove());
  await chmod(scratch.path, 0o755);
  const controlPlane = owned.adopt(await startControlPlane({ onProgress }), (part) => part.stop());
  await kubectl(controlPlane, ['apply', '-f', CRDS]);
  await kubectl(controlPlane, ['wait', '--for=condition=Established', '--timeout=60s', '-f', CRDS]);
  const kube = createKubeClient({ kubeconfig: controlPlane.kubeconfig, userAgent: 'bench' });
  owned.defer(() => {
    kube.close();
  });
  const git = owned.adopt(await GitServer.start(), (part) => part.close());
  onProgress('compiling the controller');
  const main = await compileProduct(scratch.path);
  let docker: Promise<Docker> | undefined;
  owned.defer(async () => (await docker)?.stop());
  const all = owned.move();
  return {
    ...{ controlPlane, kube, git, main, folder: scratch.path },
    docker: () => (docker ??= startDocker({ onProgress })),
    close: () => all.disposeAsync(),
  };
}
