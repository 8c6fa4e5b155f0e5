// The stage of a story: a namespace, a git server, a folder of workspaces, and a controller that serves them alone.
import { chmod, lchown, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { WORKSPACE, WORKSPACE_PLUGIN } from '../../../controller/api/group.ts';
import type { WorkspacePlugin } from '../../../controller/api/workspace-plugin.ts';
import type { Workspace } from '../../../controller/api/workspace.ts';
import type { ControlPlane } from '../../../lib/embedded/control-plane.ts';
import { GitServer } from '../../../lib/embedded/git-server.ts';
import { createScratch, type Scratch } from '../../../lib/embedded/scratch.ts';
import { createKubeClient, type ClosableKubeClient } from '../../../lib/kube/client.ts';
import type { KubeObject, Resource } from '../../../lib/kube/kube.ts';
import { startController, type ControllerOptions, type RunningController } from '../../support/controller.ts';
import { pluginManifest, workspaceManifest, type Manifest } from '../../support/manifests.ts';
import { waitFor } from '../../support/wait-for.ts';
import { bed } from '../support/bed.ts';
import { kubectl } from '../support/kubectl.ts';
import { hear } from './vocabulary.ts';
import { readTree, type Tree } from './tree.ts';

const OWNER = 1000;

export interface WorldOptions {
  /** More flags for the controller. */
  readonly flags?: readonly string[];
  readonly disturb?: NonNullable<ControllerOptions['disturb']>;
  readonly searchPath?: string;
  /** False: the namespace may not use this machine's runtimes. */
  readonly isHost?: boolean;
  /** False: a test starts controllers of its own. */
  readonly withController?: boolean;
}

export interface PluginOptions {
  /** `#…` and all; default: the repository `skills`. */
  readonly url?: string;
  readonly source?: object;
  readonly integrity?: object;
  readonly [field: string]: unknown;
}

export class World {
  readonly controlPlane: ControlPlane;
  readonly namespace: string;
  readonly git: GitServer;
  readonly #scratch: Scratch;
  readonly #client: ClosableKubeClient;
  #controller: RunningController | undefined;

  private constructor(parts: {
    controlPlane: ControlPlane;
    namespace: string;
    git: GitServer;
    scratch: Scratch;
  }) {
    this.controlPlane = parts.controlPlane;
    this.namespace = parts.namespace;
    this.git = parts.git;
    this.#scratch = parts.scratch;
    const { kubeconfig } = parts.controlPlane;
    this.#client = createKubeClient({ kubeconfig, userAgent: 'stories' });
  }

  static async open(options: WorldOptions = {}): Promise<World> {
    const { controlPlane, ...shared } = await bed();
    const [namespace, git, scratch] = await Promise.all([
      shared.namespace(),
      GitServer.start(),
      createScratch('story'),
    ]);
    const world = new World({ controlPlane, namespace, git, scratch });
    await chmod(scratch.path, 0o755);
    await Promise.all([world.root, world.catalog].map((folder) => mkdir(folder)));
    const { withController = true, ...rest } = options;
    if (withController) await world.start(rest);
    return world;
  }

  /** Where directory workspaces lie. */
  get root(): string {
    return join(this.#scratch.path, 'workspaces');
  }

  get catalog(): string {
    return join(this.#scratch.path, 'catalog');
  }

  get cacheDir(): string {
    return join(this.#scratch.path, 'cache');
  }

  get controller(): RunningController {
    if (this.#controller === undefined) throw new Error('no controller runs');
    return this.#controller;
  }

  get tally(): RunningController['tally'] {
    return this.controller.tally;
  }

  /** What the controller of this world is started with; it may not use this machine's runtimes yet. */
  get flags(): readonly string[] {
    return [
      `--kubeconfig=${this.controlPlane.kubeconfig}`,
      `--namespace=${this.namespace}`,
      `--leader-elect-resource-namespace=${this.namespace}`,
      `--directory-root=${this.root}`,
      `--file-source-root=${this.git.root}`,
      `--local-catalog=${this.catalog}`,
      `--cache-dir=${this.cacheDir}`,
    ];
  }

  async start({
    flags = [],
    isHost = true,
    ...options
  }: Omit<WorldOptions, 'withController'> = {}): Promise<void> {
    this.#controller = await startController({
      flags: [...this.flags, ...(isHost ? [`--host-namespace=${this.namespace}`] : []), ...flags],
      onStatus: hear,
      ...options,
    });
  }

  async stop(expectedErrors: readonly RegExp[] = []): Promise<void> {
    const controller = this.#controller;
    this.#controller = undefined;
    await controller?.stop(expectedErrors);
  }

  /** Ends everything. @throws Error for errors in the log that are not expected */
  async close(expectedErrors: readonly RegExp[] = []): Promise<void> {
    try {
      await this.stop(expectedErrors);
    } finally {
      this.#client.close();
      await this.git.close();
      await this.#scratch.remove();
    }
  }

  /** The folder of a directory workspace. */
  folder(workspace: string, ...below: readonly string[]): string {
    return join(this.root, workspace, ...below);
  }

  /** The folder of a plugin in a directory workspace. */
  live(workspace: string, plugin: string, ...below: readonly string[]): string {
    return this.folder(workspace, 'configs', 'plugins', plugin, ...below);
  }

  tree(workspace: string, plugin: string): Promise<Tree | undefined> {
    return readTree(this.live(workspace, plugin));
  }

  /** The trees under `.previous/` of a plugin in a directory workspace, the oldest first. */
  async previous(workspace: string, plugin: string): Promise<readonly (Tree | undefined)[]> {
    const folder = this.folder(workspace, 'configs', 'plugins', '.previous');
    const names = (await readdir(folder)).filter((name) => name.startsWith(`${plugin}.`)).sort();
    return Promise.all(names.map((name) => readTree(join(folder, name))));
  }

  /** Gives all that is in a directory workspace to the agent. */
  async own(workspace: string): Promise<void> {
    const entries = await readdir(this.folder(workspace), { recursive: true });
    await Promise.all(['.', ...entries].map((name) => lchown(this.folder(workspace, name), OWNER, OWNER)));
  }

  /** A directory workspace whose folder is there. */
  async workspace(name: string, spec: object = {}): Promise<Manifest> {
    await mkdir(this.folder(name), { recursive: true });
    await lchown(this.folder(name), OWNER, OWNER);
    const runtime = { directory: { path: this.folder(name) } };
    return workspaceManifest({ runtime, ...spec }, { name, namespace: this.namespace });
  }

  /** A plugin of the same name as its object, looked at and polled every second. */
  plugin(name: string, workspace: string, options: PluginOptions = {}): Manifest {
    const { url = this.git.urlOf('skills'), source = {}, integrity = {}, ...spec } = options;
    return pluginManifest(
      {
        workspaceRef: { name: workspace },
        pluginName: name,
        source: { url, interval: '1s', retryInterval: '1s', ...source },
        integrity: { interval: '1s', ...integrity },
        ...spec,
      },
      { name, namespace: this.namespace },
    );
  }

  async apply(...items: readonly Manifest[]): Promise<void> {
    const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
    await kubectl(this.controlPlane, ['apply', '-f', '-'], list);
  }

  kubectl(...args: readonly string[]): Promise<string> {
    return kubectl(this.controlPlane, ['-n', this.namespace, ...args]);
  }

  /** A merge patch of the spec, as `kubectl edit` would send it. */
  async edit(name: string, spec: object): Promise<void> {
    await this.patch(WORKSPACE_PLUGIN, name, { spec });
  }

  async patch<T extends KubeObject>(resource: Resource<T>, name: string, patch: object): Promise<void> {
    const signal = AbortSignal.timeout(30_000);
    await this.#client.patch(resource, { namespace: this.namespace, name }, { patch, signal });
  }

  /** As whoever restores a backup: of a plugin's status only what is given differs, or all of it is lost. */
  async editStatus(name: string, status: object | null): Promise<void> {
    const patch = JSON.stringify({ status });
    await this.kubectl('patch', 'wsp', name, '--subresource=status', '--type=merge', '-p', patch);
  }

  get(name: string): Promise<WorkspacePlugin | undefined> {
    return this.find(WORKSPACE_PLUGIN, name);
  }

  getWorkspace(name: string): Promise<Workspace | undefined> {
    return this.find(WORKSPACE, name);
  }

  find<T extends KubeObject>(resource: Resource<T>, name: string): Promise<T | undefined> {
    return this.#client.get(resource, { namespace: this.namespace, name }, AbortSignal.timeout(30_000));
  }

  async all<T extends KubeObject>(resource: Resource<T>): Promise<readonly T[]> {
    const request = { namespace: this.namespace, limit: 500, signal: AbortSignal.timeout(30_000) };
    return (await this.#client.list(resource, request)).items;
  }

  /** Waits until the plugin's status answers its spec and is as asked for. @throws Error that holds the last status */
  async until(
    name: string,
    what: string,
    holds: (plugin: WorkspacePlugin) => boolean,
  ): Promise<WorkspacePlugin> {
    let last: WorkspacePlugin | undefined;
    try {
      return await waitFor(`${name}: ${what}`, async () => {
        last = await this.get(name);
        const current = last?.status?.observedGeneration === last?.metadata.generation;
        return last !== undefined && current && holds(last) ? last : undefined;
      });
    } catch (error) {
      throw new Error(`${String(error)}; it was ${JSON.stringify(last?.status)}`, { cause: error });
    }
  }

  /** Waits until a condition has this status, and this reason where one is given. */
  async condition(name: string, type: string, status: string, reason?: string): Promise<WorkspacePlugin> {
    return this.until(name, `${type} ${status} ${reason ?? ''}`, (plugin) => {
      const found = conditionOf(plugin, type);
      return found?.status === status && (reason ?? found.reason) === found.reason;
    });
  }

  async untilWorkspace(name: string, holds: (workspace: Workspace) => boolean): Promise<Workspace> {
    return waitFor(`Workspace ${name}`, async () => {
      const workspace = await this.getWorkspace(name);
      return workspace !== undefined && holds(workspace) ? workspace : undefined;
    });
  }

  async ready(...names: readonly string[]): Promise<readonly WorkspacePlugin[]> {
    return Promise.all(names.map((name) => this.condition(name, 'Ready', 'True')));
  }

  /** Waits until this revision is installed and the plugin is Ready. */
  async installed(name: string, revision: string): Promise<WorkspacePlugin> {
    return this.until(name, `revision ${revision}`, (plugin) => {
      const isReady = conditionOf(plugin, 'Ready')?.status === 'True';
      return isReady && plugin.status?.installed?.revision === revision;
    });
  }
}

export function conditionOf(
  object: WorkspacePlugin | Workspace | undefined,
  type: string,
): { readonly status: string; readonly reason: string; readonly message: string } | undefined {
  return object?.status?.conditions?.find((condition) => condition.type === type);
}
