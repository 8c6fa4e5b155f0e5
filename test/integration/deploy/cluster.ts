// A cluster with manifests/base applied, and the controller on it with the rights of its service account alone.
import { readFile, writeFile, mkdir, chmod, lchown } from 'node:fs/promises';
import { join } from 'node:path';
import { startControlPlane, type ControlPlane } from '../../../lib/embedded/control-plane.ts';
import { createScratch, type Scratch } from '../../../lib/embedded/scratch.ts';
import { guard } from '../../support/canaries.ts';
import { startControllerProcess, type ControllerProcess } from '../../support/controller-process.ts';
import { overhearLast, overhearObjects } from '../support/canaries.ts';
import { kubectl } from '../support/kubectl.ts';

export const MANIFESTS = join(import.meta.dirname, '..', '..', '..', 'manifests');
export const NAME = 'workspace-plugin-controller';
export const SERVICE_ACCOUNT = `system:serviceaccount:${NAME}:${NAME}`;

const OWNER = 1000;

interface KubeConfig {
  readonly users: readonly { readonly name: string; readonly user: { readonly token: string } }[];
}

export class Cluster implements AsyncDisposable {
  readonly controlPlane: ControlPlane;
  readonly #scratch: Scratch;

  private constructor(controlPlane: ControlPlane, scratch: Scratch) {
    this.controlPlane = controlPlane;
    this.#scratch = scratch;
  }

  /** With `manifests/base`, and the Secrets of the namespace `default`. */
  static async start(): Promise<Cluster> {
    const scratch = await createScratch('deploy');
    await chmod(scratch.path, 0o755);
    const controlPlane = await startControlPlane({
      audited: true,
      onProgress: (message) => process.stderr.write(`${message}\n`),
    });
    const cluster = new Cluster(controlPlane, scratch);
    await cluster.kubectl('apply', '-k', join(MANIFESTS, 'base'));
    await cluster.kubectl('apply', '-n', 'default', '-k', join(MANIFESTS, 'namespace-secrets'));
    await cluster.kubectl('wait', '--for=condition=Established', '--timeout=60s', 'crd', '--all');
    await overhearObjects(controlPlane);
    return cluster;
  }

  kubectl(...args: readonly string[]): Promise<string> {
    return kubectl(this.controlPlane, args);
  }

  async apply(...items: readonly object[]): Promise<void> {
    const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
    await kubectl(this.controlPlane, ['apply', '-f', '-'], list);
  }

  async read<T>(...args: readonly string[]): Promise<T> {
    return JSON.parse(await this.kubectl('get', ...args, '-o', 'json')) as T;
  }

  path(...below: readonly string[]): string {
    return join(this.#scratch.path, ...below);
  }

  /** A folder of the agent's user. */
  async folder(name: string): Promise<string> {
    await mkdir(this.path(name), { recursive: true });
    await lchown(this.path(name), OWNER, OWNER);
    return this.path(name);
  }

  /** The controller as the Deployment has it, by a token of its service account. */
  async startController(flags: readonly string[]): Promise<ControllerProcess> {
    const token = (await this.kubectl('create', 'token', NAME, '-n', NAME)).trim();
    guard('the token of the controller', token);
    const config = JSON.parse(await readFile(this.controlPlane.kubeconfig, 'utf8')) as KubeConfig;
    const users = config.users.map(({ name }) => ({ name, user: { token } }));
    const kubeconfig = this.path('service-account.kubeconfig');
    await writeFile(kubeconfig, JSON.stringify({ ...config, users }), { mode: 0o600 });
    const own = [
      `--kubeconfig=${kubeconfig}`,
      `--leader-elect-resource-namespace=${NAME}`,
      `--cache-dir=${this.path('cache')}`,
    ];
    return startControllerProcess([...own, ...flags]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await overhearLast(this.controlPlane);
    } finally {
      await this.controlPlane.stop();
      await this.#scratch.remove();
    }
  }
}
