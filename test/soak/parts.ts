// All that a soak needs, for real: two containers and two folders, and everything that may go away under a controller.
import { chmod, lchown, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { startControlPlane, type ControlPlane } from '../../lib/embedded/control-plane.ts';
import { startDocker, type Docker } from '../../lib/embedded/docker.ts';
import { GitServer } from '../../lib/embedded/git-server.ts';
import { createScratch } from '../../lib/embedded/scratch.ts';
import { kubectl } from '../integration/support/kubectl.ts';
import { startControllerProcess, type ControllerProcess } from '../support/controller-process.ts';
import { INSPECT, inspectorURL } from '../support/inspector.ts';
import { pluginManifest, workspaceManifest, type Manifest } from '../support/manifests.ts';
import { say } from '../support/table.ts';
import { Wishes, type Declared, type Wish } from './wishes.ts';

const CRDS = join(import.meta.dirname, '..', '..', 'crds');
const AGENT = 1000;
const REPOSITORY = 'acme/skills';
const CONTAINERS = { alice: 'busybox', carol: 'debian' } as const;
const FOLDERS = ['bob', 'dave'] as const;
const PLUGINS = ['browser', 'review', 'style'] as const;
const GRACE_MS = 30_000;

export const OUTAGES = ['API server', 'Docker engine', 'git server'] as const;
export type Outage = (typeof OUTAGES)[number];

/** A controller, and where to look into it. */
export interface Running extends ControllerProcess {
  readonly inspector: string;
}

export class Parts implements AsyncDisposable {
  readonly controlPlane: ControlPlane;
  readonly docker: Docker;
  readonly wishes: Wishes;
  /** What Node.js warned of, such as listeners that grow in number. */
  readonly warnings: string[] = [];
  readonly #git: GitServer;
  readonly #root: string;
  readonly #owned: AsyncDisposableStack;
  readonly #down = new Set<Outage>();
  #controller: Running | undefined;

  private constructor(
    parts: Pick<Parts, 'controlPlane' | 'docker' | 'wishes'>,
    own: { git: GitServer; root: string; owned: AsyncDisposableStack },
  ) {
    this.controlPlane = parts.controlPlane;
    this.docker = parts.docker;
    this.wishes = parts.wishes;
    this.#git = own.git;
    this.#root = own.root;
    this.#owned = own.owned;
  }

  /** With nothing declared, and no controller. */
  static async start(): Promise<Parts> {
    await using owned = new AsyncDisposableStack();
    const scratch = owned.adopt(await createScratch('soak'), (part) => part.remove());
    await chmod(scratch.path, 0o755);
    const git = owned.adopt(await GitServer.start(), (part) => part.close());
    const docker = owned.adopt(await startDocker({ onProgress: say }), (part) => part.stop());
    for (const workspace of WORKSPACES) await makeFolder(join(scratch.path, workspace));
    for (const [name, image] of Object.entries(CONTAINERS)) {
      await docker.run(name, image, { binds: [`${join(scratch.path, name)}:/configs`] });
    }
    const controlPlane = owned.adopt(await startControlPlane({ onProgress: say }), (part) => part.stop());
    await kubectl(controlPlane, ['apply', '-f', CRDS]);
    await kubectl(controlPlane, ['wait', '--for=condition=Established', '--timeout=60s', '-f', CRDS]);
    const wishes = new Wishes(await git.repository(REPOSITORY), WORKSPACES, PLUGINS);
    const own = { git, root: scratch.path, owned: owned.move() };
    return new Parts({ controlPlane, docker, wishes }, own);
  }

  /** Undefined while there is none. */
  get controller(): Running | undefined {
    return this.#controller;
  }

  isDown(outage: Outage): boolean {
    return this.#down.has(outage);
  }

  get containers(): readonly string[] {
    return Object.keys(CONTAINERS);
  }

  async startController(): Promise<void> {
    const flags = {
      kubeconfig: this.controlPlane.kubeconfig,
      'host-namespace': '*',
      'docker-host': this.docker.host,
      'directory-root': this.#root,
      'github-base-url': this.#git.url,
      'cache-dir': join(this.#root, 'cache'),
    };
    const argv = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
    const started = await startControllerProcess(argv, { env: INSPECT }, (text) => {
      this.warnings.push(...(text.match(/^\(node:.*Warning.*$/gm) ?? []));
    });
    this.#controller = { ...started, inspector: inspectorURL(started.log()) };
  }

  /** `Kill`: kill -9. @throws Error when it does not end well although it was asked to */
  async endController(how: 'Kill' | 'Ask'): Promise<void> {
    const controller = this.#controller;
    this.#controller = undefined;
    const code = await controller?.stop(how === 'Kill' ? 0 : GRACE_MS);
    if (how === 'Ask' && code !== undefined && code !== 0) {
      throw new Error(`the controller ended with ${code}: ${controller?.log() ?? ''}`);
    }
  }

  async pause(outage: Outage): Promise<void> {
    if (this.#down.has(outage)) return;
    this.#down.add(outage);
    await this.#part(outage).pause();
  }

  /** Whoever runs the containers starts them again. */
  async resume(outage: Outage): Promise<void> {
    if (!this.#down.has(outage)) return;
    await this.#part(outage).resume();
    if (outage === 'Docker engine') {
      for (const name of this.containers) await this.docker.act(name, 'start');
    }
    this.#down.delete(outage);
  }

  async declareWorkspaces(): Promise<void> {
    const place = (name: string) => ({ name, namespace: 'default' });
    await this.apply(
      ...this.containers.map((name) =>
        workspaceManifest({ runtime: { docker: { container: name } } }, place(name)),
      ),
      ...FOLDERS.map((name) =>
        workspaceManifest({ runtime: { directory: { path: join(this.#root, name) } } }, place(name)),
      ),
    );
  }

  /** Creates the object or edits it; every field that differs by wish is said. */
  async declare(plugin: Declared, wish: Exclude<Wish, undefined>): Promise<void> {
    const { name, workspace } = plugin;
    const pinned = wish.kind === 'Pin' ? `#${wish.version.tag}` : '';
    await this.apply(
      pluginManifest(
        {
          workspaceRef: { name: workspace },
          pluginName: name,
          source: { url: `github://${REPOSITORY}${pinned}`, interval: '5s', retryInterval: '1s' },
          track: wish.kind === 'Pin' ? 'none' : 'branch:main',
          update: { approval: 'Automatic' },
          integrity: { interval: '5s' },
        },
        { name, namespace: 'default' },
      ),
    );
    plugin.wish = wish;
  }

  async apply(...items: readonly Manifest[]): Promise<void> {
    const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
    await kubectl(this.controlPlane, ['apply', '-f', '-'], list);
  }

  /** The plugins folder of a workspace, as this process sees it. */
  plugins(workspace: string): string {
    const isFolder = FOLDERS.some((name) => name === workspace);
    return join(this.#root, workspace, ...(isFolder ? ['configs'] : []), 'plugins');
  }

  /** The live folder of a plugin. */
  live({ workspace, name }: Declared): string {
    return join(this.plugins(workspace), name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.endController('Kill');
    await this.#owned.disposeAsync();
  }

  #part(outage: Outage): { pause(): Promise<void>; resume(): Promise<void> } {
    switch (outage) {
      case 'API server':
        return this.controlPlane;
      case 'Docker engine':
        return this.docker;
      case 'git server':
        return this.#git;
    }
  }
}

const WORKSPACES: readonly string[] = [...Object.keys(CONTAINERS), ...FOLDERS];

async function makeFolder(path: string): Promise<void> {
  await mkdir(path);
  await lchown(path, AGENT, AGENT);
}
