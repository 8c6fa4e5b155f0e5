// A real Kubernetes API on this machine: etcd, kube-apiserver and kube-controller-manager, gone with this process.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { apiserverArguments, etcdArguments, files, managerArguments, serverURL } from './arguments.ts';
import { findPrograms } from './binaries.ts';
import type { Programs } from './binaries.ts';
import { startChild, untilReady } from './child.ts';
import type { Child } from './child.ts';
import { ADMIN, writeKubeconfig } from './credentials.ts';
import type { TokenUser, User } from './credentials.ts';
import { openGround, type Ground } from './ground.ts';
import { httpsGet } from './https.ts';
import { runKubectl, writeKubectl } from './kubectl.ts';
import type { KubectlResult } from './kubectl.ts';
import { noProgress, withHeartbeat } from './progress.ts';
import type { Progress } from './progress.ts';

export interface ControlPlaneOptions {
  readonly onProgress?: Progress;
  /** Users besides the administrator; they have no rights but those RBAC objects give them. */
  readonly users?: readonly User[];
  /** Where its state is kept; without it everything is in a temporary folder that goes with this process. */
  readonly folder?: string;
  /** Every request is noted, for `audit`. */
  readonly audited?: boolean;
  /** Told once, with the end of its log, when a program ends that nobody asked to end. */
  readonly onFailure?: (message: string) => void;
}

export interface ControlPlane {
  /** Path of the administrator's kubeconfig. */
  readonly kubeconfig: string;
  /** A folder that holds the program `kubectl`, for PATH. */
  readonly programs: string;
  /** Path of a named user's kubeconfig. @throws Error for a user that was not asked for at the start */
  kubeconfigFor(user: string): string;
  /** Runs the kubectl of the same version; a failed command is a result, not an error. */
  kubectl(
    args: readonly string[],
    options?: { readonly input?: string; readonly user?: string },
  ): Promise<KubectlResult>;
  /** What the API server says of itself, in Prometheus' text format. */
  metrics(): Promise<string>;
  /** Each request that was answered, where `audited` was asked for: a JSON object of audit.k8s.io/v1 a line. */
  audit(): Promise<string>;
  /** Ends the API server at once, until `resume`. */
  pause(): Promise<void>;
  /** Starts the API server again, on the same port with the same data. */
  resume(): Promise<void>;
  /** `pause`, then `resume`. */
  restart(): Promise<void>;
  /** Ends everything and removes its folder, where that is temporary; may be called again. */
  stop(): Promise<void>;
}

const START_TIMEOUT_MS = 90_000;
/** etcd finishes what it is writing. */
const GRACE_MS = 5_000;
const PORT_TAKEN = 'address already in use';
const ATTEMPTS = 3;

/** @throws Error with the end of the log of what did not start, or what to install */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const onProgress = options.onProgress ?? noProgress;
  const programs = await findPrograms(onProgress);
  if (programs.controllerManager === undefined) {
    onProgress('there is no kube-controller-manager: owned objects and namespaces will not go away');
  }
  const { folder, audited = false } = options;
  for (let attempt = 1; ; attempt++) {
    const ground = await openGround({
      users: [ADMIN, ...(options.users ?? [])],
      // The ports of a process that is just ending are free again a moment later.
      freshPorts: attempt === ATTEMPTS,
      audited,
      ...(folder === undefined ? {} : { folder }),
    });
    const plane = new EmbeddedControlPlane(programs, ground, options.onFailure ?? (() => undefined));
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

class EmbeddedControlPlane implements ControlPlane {
  readonly #programs: Programs;
  readonly #ground: Ground;
  readonly #onFailure: (message: string) => void;
  /** Programs that are to run. */
  readonly #wanted = new Set<Child>();
  #etcd: Child | undefined;
  #apiserver: Child | undefined;
  #manager: Child | undefined;
  #authority = '';

  constructor(programs: Programs, ground: Ground, onFailure: (message: string) => void) {
    this.#programs = programs;
    this.#ground = ground;
    this.#onFailure = onFailure;
  }

  get kubeconfig(): string {
    return this.kubeconfigFor(ADMIN.name);
  }

  get programs(): string {
    return join(this.#ground.layout.folder, files.programs);
  }

  kubeconfigFor(user: string): string {
    return join(this.#ground.layout.folder, files.kubeconfig(this.#user(user).name));
  }

  async start(): Promise<void> {
    const { layout, users } = this.#ground;
    this.#etcd = startChild({ name: 'etcd', argv: etcdArguments(this.#programs, layout) });
    await this.resume();
    const server = serverURL(layout);
    for (const user of users) {
      await writeKubeconfig(this.kubeconfigFor(user.name), { server, authority: this.#authority, user });
    }
    if (this.#programs.controllerManager !== undefined) {
      const argv = managerArguments(this.#programs.controllerManager, layout, this.kubeconfig);
      this.#manager = startChild({ name: 'kube-controller-manager', argv });
      this.#supervise(this.#manager);
    }
    this.#supervise(this.#etcd);
    await writeKubectl(this.programs, this.#programs.kubectl);
  }

  async kubectl(
    args: readonly string[],
    options: { readonly input?: string; readonly user?: string } = {},
  ): Promise<KubectlResult> {
    return runKubectl({
      program: this.#programs.kubectl,
      kubeconfig: this.kubeconfigFor(options.user ?? ADMIN.name),
      cache: join(this.#ground.layout.folder, 'kubectl-cache'),
      args,
      input: options.input ?? '',
    });
  }

  async metrics(): Promise<string> {
    return (await this.#get('/metrics', AbortSignal.timeout(30_000))).body;
  }

  async audit(): Promise<string> {
    return readFile(join(this.#ground.layout.folder, files.audit), 'utf8');
  }

  async pause(): Promise<void> {
    await this.#end(this.#apiserver, 0);
  }

  async resume(): Promise<void> {
    const argv = apiserverArguments(this.#programs, this.#ground.layout);
    const apiserver = startChild({ name: 'kube-apiserver', argv });
    this.#apiserver = apiserver;
    await untilReady(apiserver, async (signal) => this.#isReady(signal), START_TIMEOUT_MS);
    this.#supervise(apiserver);
  }

  async restart(): Promise<void> {
    await this.pause();
    await this.resume();
  }

  async stop(): Promise<void> {
    const etcdGraceMs = this.#ground.layout.durable ? GRACE_MS : 0;
    this.#wanted.clear();
    await Promise.all([this.#end(this.#manager, 0), this.#end(this.#apiserver, 0)]);
    await this.#end(this.#etcd, etcdGraceMs);
    await this.#ground.remove();
  }

  #supervise(child: Child): void {
    this.#wanted.add(child);
    void child.exited.then(() => {
      if (!this.#wanted.has(child)) return;
      this.#onFailure(`${child.name} ended with exit code ${child.exitCode ?? 137}: ${child.log()}`);
    });
  }

  async #end(child: Child | undefined, graceMs: number): Promise<void> {
    if (child === undefined) return;
    this.#wanted.delete(child);
    await child.stop(graceMs);
  }

  async #isReady(signal: AbortSignal): Promise<boolean> {
    if (this.#etcd?.exitCode !== undefined) {
      await this.#apiserver?.stop(0);
      throw new Error(`etcd ended: ${this.#etcd.log()}`);
    }
    this.#authority = await readFile(join(this.#ground.layout.folder, files.certificate), 'utf8');
    return (await this.#get('/readyz', signal)).status === 200;
  }

  async #get(path: string, signal: AbortSignal): Promise<{ status: number; body: string }> {
    const { token } = this.#user(ADMIN.name);
    return httpsGet(`${serverURL(this.#ground.layout)}${path}`, {
      authority: this.#authority,
      token,
      signal,
    });
  }

  #user(name: string): TokenUser {
    const user = this.#ground.users.find((candidate) => candidate.name === name);
    if (user === undefined) {
      throw new Error(`the control plane has no user ${name}; name it in startControlPlane's users`);
    }
    return user;
  }
}
