// Everything that may go away under a controller: an API server, a Docker engine and a git server of its own.
import { chmod, lchown, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startControlPlane, type ControlPlane } from '../../../lib/embedded/control-plane.ts';
import { startDocker, type Docker } from '../../../lib/embedded/docker.ts';
import { GitServer } from '../../../lib/embedded/git-server.ts';
import type { Repository } from '../../../lib/embedded/git-repository.ts';
import { createScratch, type Scratch } from '../../../lib/embedded/scratch.ts';
import { startControllerProcess, type ControllerProcess } from '../../support/controller-process.ts';
import { INSPECT } from '../../support/inspector.ts';
import { pluginManifest, workspaceManifest } from '../../support/manifests.ts';
import { overhearLast, overhearObjects } from '../support/canaries.ts';
import { kubectl } from '../support/kubectl.ts';
import { Wire } from '../support/wire.ts';
import { pluginFiles } from '../stories/plugins.ts';
import { readTree, type Tree } from '../stories/tree.ts';

const CRDS = join(import.meta.dirname, '..', '..', '..', 'crds');
const OWNER = 1000;
const CONTAINER = 'alice';

/** How one is away: it refuses connections and drops those that are open, or it takes and keeps them and is silent. */
export const MANNERS = ['refuses', 'is silent'] as const;

export type Manner = (typeof MANNERS)[number];

/** One that goes away and comes back. */
export interface Outage {
  pause(): Promise<void>;
  resume(): Promise<void>;
}

export const VICTIMS = ['API server', 'Docker engine', 'git server'] as const;

export type Victim = (typeof VICTIMS)[number];

/** Who has which plugin; every one follows the branch `main` of one repository. */
export const PLUGINS = [
  { workspace: CONTAINER, plugin: 'alice-browser' },
  { workspace: CONTAINER, plugin: 'alice-review' },
  { workspace: 'bob', plugin: 'bob-browser' },
] as const;

export class Parts implements AsyncDisposable {
  readonly controlPlane: ControlPlane;
  readonly controller: ControllerProcess;
  readonly outages: Readonly<Record<Victim, Readonly<Record<Manner, Outage>>>>;
  /** What Node.js warned of, such as listeners that grow in number. */
  readonly warnings: readonly string[];
  readonly #scratch: Scratch;
  readonly #repository: Repository;
  readonly #owned: AsyncDisposableStack;

  private constructor(parts: {
    readonly controlPlane: ControlPlane;
    readonly controller: ControllerProcess;
    readonly outages: Parts['outages'];
    readonly warnings: readonly string[];
    readonly scratch: Scratch;
    readonly repository: Repository;
    readonly owned: AsyncDisposableStack;
  }) {
    this.controlPlane = parts.controlPlane;
    this.controller = parts.controller;
    this.outages = parts.outages;
    this.warnings = parts.warnings;
    this.#scratch = parts.scratch;
    this.#repository = parts.repository;
    this.#owned = parts.owned;
  }

  /** With a controller that is ready, and nothing declared. */
  static async start(): Promise<Parts> {
    await using owned = new AsyncDisposableStack();
    const scratch = owned.adopt(await createScratch('endurance'), (part) => part.remove());
    await makeFolders(scratch.path);
    const onProgress = (message: string): void => void process.stderr.write(`${message}\n`);
    const git = owned.adopt(await GitServer.start(), (part) => part.close());
    const docker = owned.adopt(await startDocker({ onProgress }), (part) => part.stop());
    // On a folder that the test can read.
    const binds = [`${join(scratch.path, CONTAINER)}:/configs`];
    await docker.run(CONTAINER, 'busybox', { binds });
    const controlPlane = owned.adopt(await startControlPlane({ onProgress }), (part) => part.stop());
    await kubectl(controlPlane, ['apply', '-f', CRDS]);
    await kubectl(controlPlane, ['wait', '--for=condition=Established', '--timeout=60s', '-f', CRDS]);
    await overhearObjects(controlPlane);
    owned.defer(async () => overhearLast(controlPlane));
    const wires = await layWires({ controlPlane, docker, git, folder: scratch.path }, owned);
    const flags = {
      ...wires.flags,
      'host-namespace': '*',
      'directory-root': scratch.path,
      'cache-dir': join(scratch.path, 'cache'),
    };
    const argv = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
    const warnings: string[] = [];
    const hear = (text: string): void => void warnings.push(...(text.match(/^\(node:.*Warning.*$/gm) ?? []));
    const controller = await startControllerProcess(argv, { env: INSPECT }, hear);
    owned.defer(async () => {
      await controller.stop(0);
    });
    return new Parts({
      controlPlane,
      controller,
      outages: {
        'API server': { refuses: controlPlane, 'is silent': silence(wires.api) },
        'Docker engine': { refuses: engine(docker), 'is silent': silence(wires.engine) },
        'git server': { refuses: git, 'is silent': silence(wires.git) },
      },
      warnings,
      scratch,
      repository: await git.repository('acme/skills'),
      owned: owned.move(),
    });
  }

  async declare(): Promise<void> {
    const bob = { runtime: { directory: { path: join(this.#scratch.path, 'bob') } } };
    const items = [
      workspaceManifest({ runtime: { docker: { container: CONTAINER } } }),
      workspaceManifest(bob, { name: 'bob', namespace: 'default' }),
      ...PLUGINS.map(({ workspace, plugin }) =>
        pluginManifest(
          {
            workspaceRef: { name: workspace },
            pluginName: plugin,
            source: { url: 'github://acme/skills', interval: '2s', retryInterval: '1s' },
            track: 'branch:main',
            update: { approval: 'Automatic' },
            integrity: { interval: '2s' },
          },
          { name: plugin, namespace: 'default' },
        ),
      ),
    ];
    await kubectl(this.controlPlane, ['apply', '-f', '-'], JSON.stringify(list(items)));
  }

  /** A new version upstream, whether its server is there or not; resolves with its revision. */
  publish(version: string): Promise<string> {
    return this.#repository.commit(pluginFiles(version));
  }

  /** Somebody edits a file of a plugin in the workspace, where there is one yet. */
  async meddle({ workspace, plugin }: (typeof PLUGINS)[number]): Promise<void> {
    await writeFile(join(this.#live(workspace, plugin), 'rules', 'style.md'), 'Be evil.\n');
  }

  tree({ workspace, plugin }: (typeof PLUGINS)[number]): Promise<Tree | undefined> {
    return readTree(this.#live(workspace, plugin));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#owned.disposeAsync();
  }

  #live(workspace: string, plugin: string): string {
    const configs = workspace === CONTAINER ? [CONTAINER] : [workspace, 'configs'];
    return join(this.#scratch.path, ...configs, 'plugins', plugin);
  }
}

function list(items: readonly object[]): object {
  return { apiVersion: 'v1', kind: 'List', items };
}

/** The controller reaches everything by wires; whoever looks what it has done does not. */
async function layWires(
  parts: {
    readonly controlPlane: ControlPlane;
    readonly docker: Docker;
    readonly git: GitServer;
    readonly folder: string;
  },
  owned: AsyncDisposableStack,
) {
  const own = (wire: Wire): Wire => owned.adopt(wire, (part) => part.close());
  const [kubeconfig, socket] = [join(parts.folder, 'kubeconfig'), join(parts.folder, 'engine.sock')];
  const api = own(await Wire.lay(parts.controlPlane.kubeconfig, kubeconfig));
  const engine = own(await Wire.to({ path: parts.docker.host.replace('unix://', '') }, { path: socket }));
  const git = own(await Wire.to({ host: '127.0.0.1', port: Number(new URL(parts.git.url).port) }));
  const flags = {
    kubeconfig,
    'docker-host': `unix://${socket}`,
    'github-base-url': `http://127.0.0.1:${git.port}`,
  };
  return { api, engine, git, flags };
}

function silence(wire: Wire): Outage {
  return {
    pause: async () => {
      wire.cut();
      return Promise.resolve();
    },
    resume: async () => {
      wire.mend();
      return Promise.resolve();
    },
  };
}

/** Whoever runs the container starts it again. */
function engine(docker: Docker): Outage {
  return {
    pause: () => docker.pause(),
    resume: async () => {
      await docker.resume();
      await docker.act(CONTAINER, 'start');
    },
  };
}

async function makeFolders(root: string): Promise<void> {
  await chmod(root, 0o755);
  for (const workspace of [CONTAINER, 'bob']) {
    await mkdir(join(root, workspace));
    await lchown(join(root, workspace), OWNER, OWNER);
  }
}
