// A real Kubernetes API on this machine: etcd, kube-apiserver and kube-controller-manager, gone with this process.
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { apiserverArguments, etcdArguments, files, managerArguments, serverURL } from './arguments.ts';
import type { Layout } from './arguments.ts';
import { findPrograms } from './binaries.ts';
import type { Programs } from './binaries.ts';
import { startChild, untilReady } from './child.ts';
import type { Child } from './child.ts';
import { ADMIN, withTokens, writeKubeconfig, writeServiceAccountKey, writeTokens } from './credentials.ts';
import type { TokenUser, User } from './credentials.ts';
import { httpsGet } from './https.ts';
import { runKubectl } from './kubectl.ts';
import type { KubectlResult } from './kubectl.ts';
import { freePort } from './port.ts';
import { noProgress, withHeartbeat } from './progress.ts';
import type { Progress } from './progress.ts';
import { createScratch } from './scratch.ts';
import type { Scratch } from './scratch.ts';

export interface ControlPlaneOptions {
  readonly onProgress?: Progress;
  /** Users besides the administrator; they have no rights but those RBAC objects give them. */
  readonly users?: readonly User[];
}

export interface ControlPlane {
  /** Path of the administrator's kubeconfig. */
  readonly kubeconfig: string;
  /** Path of a named user's kubeconfig. @throws Error for a user that was not asked for at the start */
  kubeconfigFor(user: string): string;
  /** Runs the kubectl of the same version; a failed command is a result, not an error. */
  kubectl(
    args: readonly string[],
    options?: { readonly input?: string; readonly user?: string },
  ): Promise<KubectlResult>;
  /** What the API server says of itself, in Prometheus' text format. */
  metrics(): Promise<string>;
  /** Ends the API server at once, and starts it again on the same port with the same data. */
  restart(): Promise<void>;
  /** Ends everything and removes its folder; may be called again. */
  stop(): Promise<void>;
}

const START_TIMEOUT_MS = 90_000;
const PORT_TAKEN = 'address already in use';
const ATTEMPTS = 3;

/** @throws Error with the end of the log of what did not start, or what to install */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const onProgress = options.onProgress ?? noProgress;
  const programs = await findPrograms(onProgress);
  if (programs.controllerManager === undefined) {
    onProgress('there is no kube-controller-manager: owned objects and namespaces will not go away');
  }
  for (let attempt = 1; ; attempt++) {
    const plane = await prepare(programs, withTokens([ADMIN, ...(options.users ?? [])]));
    try {
      await withHeartbeat(onProgress, 'starting etcd and kube-apiserver', () => plane.start());
      return plane;
    } catch (error) {
      await plane.stop();
      if (attempt === ATTEMPTS || !String(error).includes(PORT_TAKEN)) {
        throw error;
      }
    }
  }
}

async function prepare(programs: Programs, users: readonly TokenUser[]): Promise<EmbeddedControlPlane> {
  const scratch = await createScratch('control-plane');
  const ports = { etcd: await freePort(), etcdPeers: await freePort(), apiserver: await freePort() };
  await mkdir(join(scratch.path, files.certificates));
  await writeTokens(join(scratch.path, files.tokens), users);
  await writeServiceAccountKey(join(scratch.path, files.serviceAccountKey));
  return new EmbeddedControlPlane(programs, scratch, { folder: scratch.path, ports }, users);
}

class EmbeddedControlPlane implements ControlPlane {
  readonly #programs: Programs;
  readonly #scratch: Scratch;
  readonly #layout: Layout;
  readonly #users: readonly TokenUser[];
  #etcd: Child | undefined;
  #apiserver: Child | undefined;
  #manager: Child | undefined;
  #authority = '';

  constructor(programs: Programs, scratch: Scratch, layout: Layout, users: readonly TokenUser[]) {
    this.#programs = programs;
    this.#scratch = scratch;
    this.#layout = layout;
    this.#users = users;
  }

  get kubeconfig(): string {
    return this.kubeconfigFor(ADMIN.name);
  }

  kubeconfigFor(user: string): string {
    return join(this.#layout.folder, files.kubeconfig(this.#user(user).name));
  }

  async start(): Promise<void> {
    this.#etcd = startChild({ name: 'etcd', argv: etcdArguments(this.#programs, this.#layout) });
    await this.#startAPIServer();
    const server = serverURL(this.#layout);
    for (const user of this.#users) {
      await writeKubeconfig(this.kubeconfigFor(user.name), { server, authority: this.#authority, user });
    }
    if (this.#programs.controllerManager !== undefined) {
      const argv = managerArguments(this.#programs.controllerManager, this.#layout, this.kubeconfig);
      this.#manager = startChild({ name: 'kube-controller-manager', argv });
    }
  }

  async kubectl(
    args: readonly string[],
    options: { readonly input?: string; readonly user?: string } = {},
  ): Promise<KubectlResult> {
    return runKubectl({
      program: this.#programs.kubectl,
      kubeconfig: this.kubeconfigFor(options.user ?? ADMIN.name),
      cache: join(this.#layout.folder, 'kubectl-cache'),
      args,
      input: options.input ?? '',
    });
  }

  async metrics(): Promise<string> {
    return (await this.#get('/metrics', AbortSignal.timeout(30_000))).body;
  }

  async restart(): Promise<void> {
    await this.#apiserver?.stop(0);
    await this.#startAPIServer();
  }

  async stop(): Promise<void> {
    await Promise.all([this.#manager?.stop(0), this.#apiserver?.stop(0), this.#etcd?.stop(0)]);
    await this.#scratch.remove();
  }

  async #startAPIServer(): Promise<void> {
    const apiserver = startChild({
      name: 'kube-apiserver',
      argv: apiserverArguments(this.#programs, this.#layout),
    });
    this.#apiserver = apiserver;
    await untilReady(apiserver, async (signal) => this.#isReady(signal), START_TIMEOUT_MS);
  }

  async #isReady(signal: AbortSignal): Promise<boolean> {
    if (this.#etcd?.exitCode !== undefined) {
      await this.#apiserver?.stop(0);
      throw new Error(`etcd ended: ${this.#etcd.log()}`);
    }
    this.#authority = await readFile(join(this.#layout.folder, files.certificate), 'utf8');
    return (await this.#get('/readyz', signal)).status === 200;
  }

  async #get(path: string, signal: AbortSignal): Promise<{ status: number; body: string }> {
    const { token } = this.#user(ADMIN.name);
    return httpsGet(`${serverURL(this.#layout)}${path}`, { authority: this.#authority, token, signal });
  }

  #user(name: string): TokenUser {
    const user = this.#users.find((candidate) => candidate.name === name);
    if (user === undefined) {
      throw new Error(`the control plane has no user ${name}; name it in startControlPlane's users`);
    }
    return user;
  }
}
