// One machine with `up` on it: a folder for its state, one for workspaces, and the kubectl that it offers.
import { execFile } from 'node:child_process';
import { chmod, lchown, mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Child } from '../../../lib/embedded/child.ts';
import { createScratch, type Scratch } from '../../../lib/embedded/scratch.ts';
import {
  spawnController,
  startControllerProcess,
  type ControllerProcess,
} from '../../support/controller-process.ts';
import { overhearNow } from '../support/canaries.ts';
import { findProcesses, type FoundProcess } from '../../support/processes.ts';

const OWNER = 1000;
const KUBECTL_TIMEOUT_MS = 90_000;
/** All objects of a machine, schemas and all. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

export class Machine {
  readonly #scratch: Scratch;

  private constructor(scratch: Scratch) {
    this.#scratch = scratch;
  }

  static async make(): Promise<Machine> {
    const machine = new Machine(await createScratch('up'));
    await chmod(machine.#scratch.path, 0o755);
    for (const folder of ['workspaces', 'catalog', 'nothing']) await mkdir(machine.path(folder));
    return machine;
  }

  path(...below: readonly string[]): string {
    return join(this.#scratch.path, ...below);
  }

  get kubeconfig(): string {
    return this.path('data', 'admin.kubeconfig');
  }

  get flags(): readonly string[] {
    return [
      `--data-dir=${this.path('data')}`,
      `--directory-root=${this.path('workspaces')}`,
      `--local-catalog=${this.path('catalog')}`,
    ];
  }

  /** The folder of a directory workspace, of the agent's user. */
  async workspace(name: string): Promise<string> {
    await mkdir(this.path('workspaces', name));
    await lchown(this.path('workspaces', name), OWNER, OWNER);
    return this.path('workspaces', name);
  }

  /** `HOME`: where what was built is found. */
  up(): Promise<ControllerProcess> {
    return startControllerProcess(this.flags, { command: 'up', env: home() });
  }

  /** `up` that need not become ready; resolves with how it ended. */
  async upRefused(env = home()): Promise<{ code: number; said: string }> {
    const child = this.starting(env);
    await child.exited;
    return { code: child.exitCode ?? 137, said: child.log() };
  }

  /** `up` that is not waited for. */
  starting(env = home()): Child {
    return spawnController(this.flags, { command: 'up', env });
  }

  /** stdout of the kubectl that `up` offers. @throws Error when it fails */
  async kubectl(args: readonly string[], input = ''): Promise<string> {
    const running = promisify(execFile)(this.path('data', 'bin', 'kubectl'), [...args], {
      env: { KUBECONFIG: this.kubeconfig, HOME: this.path('nothing'), PATH: '/usr/bin:/bin' },
      timeout: KUBECTL_TIMEOUT_MS,
      maxBuffer: MAX_ANSWER_BYTES,
    });
    running.child.stdin?.end(input);
    return (await running).stdout;
  }

  /** What is on its API server now must be free of secrets; it must be running. */
  overhear(): Promise<void> {
    const { kubeconfig } = this;
    return overhearNow({
      kubeconfig,
      kubectl: async (args) => ({ stdout: await this.kubectl(args), stderr: '', exitCode: 0 }),
    });
  }

  /** All that runs with this machine's state. */
  processes(): Promise<readonly FoundProcess[]> {
    return findProcesses(this.path('data'));
  }

  remove(): Promise<void> {
    return this.#scratch.remove();
  }
}

function home(): Readonly<Record<string, string>> {
  const assets = process.env['KUBEBUILDER_ASSETS'];
  return { HOME: homedir(), ...(assets === undefined ? {} : { KUBEBUILDER_ASSETS: assets }) };
}
