// Many workspaces with ten plugins each, declared as objects, and a clock that tells when each is as declared.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { REQUESTED_AT, WORKSPACE, WORKSPACE_PLUGIN } from '../../controller/api/group.ts';
import type { WorkspacePlugin } from '../../controller/api/workspace-plugin.ts';
import { systemClock } from '../../lib/clock.ts';
import type { Repository } from '../../lib/embedded/git-repository.ts';
import type { KubeObject, Resource } from '../../lib/kube/kube.ts';
import { Reflector } from '../../lib/kube/reflector.ts';
import { silentLogger } from '../../lib/logger.ts';
import { kubectl } from '../integration/support/kubectl.ts';
import { pluginManifest, workspaceManifest, type Manifest } from '../support/manifests.ts';
import type { Bed } from './bed.ts';
import { folderOf, PLUGINS, repositoryFiles } from './content.ts';
import { makePlace, type Place, type PlaceKind } from './place.ts';
import { Product } from './product.ts';

/** What a fleet may take to be as declared, for each object; and at least. */
const WAIT_MS_EACH = 500;
const WAIT_MS = 120_000;

/** As many as one who applies manifests sends at once. */
const CREATES_AT_ONCE = 16;

/** From when to when. */
export interface Course {
  readonly totalMs: number;
  /** Of each object: from its declaration, or from the push, until it was seen to be at the revision and Ready. */
  readonly eachMs: readonly number[];
}

export interface FleetOptions {
  /** Unique; its namespace, folder and repository. */
  readonly name: string;
  readonly kind: PlaceKind;
  readonly workspaces: number;
  /** Of looks and of questions upstream. */
  readonly intervals?: { readonly look: string; readonly poll: string };
  /** Who decides about updates; default: nobody must. */
  readonly approval?: 'Manual' | 'Automatic';
}

const SELDOM = { look: '10m', poll: '1h' };

export class Fleet implements AsyncDisposable {
  readonly places: readonly Place[];
  readonly #bed: Bed;
  readonly #options: FleetOptions;
  readonly #repository: Repository;
  readonly #objects: Reflector<WorkspacePlugin>;
  readonly #folder: string;
  readonly #owned: AsyncDisposableStack;
  #onChange: (object: WorkspacePlugin) => void = () => undefined;
  #revision = '';
  #starts = 0;

  private constructor(
    bed: Bed,
    options: FleetOptions,
    parts: Pick<Fleet, 'places'> & { repository: Repository; folder: string; owned: AsyncDisposableStack },
  ) {
    this.#bed = bed;
    this.#options = options;
    this.places = parts.places;
    this.#repository = parts.repository;
    this.#folder = parts.folder;
    this.#owned = parts.owned;
    this.#objects = new Reflector({
      ...{ client: bed.kube, resource: WORKSPACE_PLUGIN, namespace: options.name },
      ...{ clock: systemClock, logger: silentLogger },
    });
    this.#objects.subscribe(({ object }) => {
      this.#onChange(object);
    });
  }

  /** Workspaces, a repository and a namespace; nothing is declared yet. */
  static async open(bed: Bed, options: FleetOptions): Promise<Fleet> {
    const { name, kind } = options;
    await using owned = new AsyncDisposableStack();
    const folder = join(bed.folder, name);
    await mkdir(folder);
    const repository = await bed.git.repository(name);
    await kubectl(bed.controlPlane, ['create', 'namespace', name]);
    const ground = { kind, folder, docker: bed.docker };
    const limit = pLimit(4);
    const places = await Promise.all(
      Array.from({ length: options.workspaces }, (_, index) =>
        limit(() => makePlace(ground, `${name}-${index}`)),
      ),
    );
    if (kind === 'docker') {
      const engine = await bed.docker();
      owned.defer(async () => {
        for (const place of places) await engine.remove(place.name);
      });
    }
    const fleet = new Fleet(bed, options, { places, repository, folder, owned: owned.move() });
    const end = new AbortController();
    const watching = fleet.#objects.run(end.signal);
    fleet.#owned.defer(async () => {
      end.abort(new Error('the fleet is done with'));
      await watching;
    });
    await fleet.#objects.whenSynced;
    return fleet;
  }

  get size(): number {
    return this.places.length * PLUGINS;
  }

  get kind(): PlaceKind {
    return this.#options.kind;
  }

  get namespace(): string {
    return this.#options.name;
  }

  get url(): string {
    return this.#bed.git.urlOf(this.#options.name);
  }

  /** What is upstream. */
  get revision(): string {
    return this.#revision;
  }

  /** A controller for this fleet alone; each start goes on with the cache of the one before. */
  async start(): Promise<Product> {
    const { controlPlane, main, docker } = this.#bed;
    const { name, kind } = this.#options;
    this.#starts += 1;
    const flags = {
      kubeconfig: controlPlane.kubeconfig,
      namespace: name,
      'host-namespace': name,
      'directory-root': this.#folder,
      'cache-dir': join(this.#folder, '.cache'),
      ...(kind === 'docker' ? { 'docker-host': (await docker()).host } : {}),
    };
    const argv = Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`);
    return Product.start(main, argv, join(this.#folder, `.log-${this.#starts}`));
  }

  /** A commit in which every plugin differs. */
  async commit(version: string): Promise<string> {
    this.#revision = await this.#repository.commit(repositoryFiles(version));
    return this.#revision;
  }

  /** Declares all workspaces and plugins; resolves when all are Ready at what is upstream. */
  async apply(): Promise<Course> {
    const limit = pLimit(CREATES_AT_ONCE);
    const begun = new Map<string, number>();
    const settled = this.#untilSettled((name) => begun.get(name) ?? 0);
    const start = performance.now();
    const create = (manifest: Manifest, resource: Resource<KubeObject>): Promise<unknown> =>
      limit(async () => {
        begun.set(manifest.metadata.name, performance.now());
        return this.#bed.kube.create(resource, this.#options.name, manifest, AbortSignal.timeout(WAIT_MS));
      });
    await Promise.all(this.places.map((place) => create(this.#workspace(place), WORKSPACE)));
    const plugins = this.places.flatMap((place, index) =>
      Array.from({ length: PLUGINS }, (_, plugin) => this.#plugin(place, index, plugin)),
    );
    await Promise.all([settled, ...plugins.map((plugin) => create(plugin, WORKSPACE_PLUGIN))]);
    return { totalMs: performance.now() - start, eachMs: await settled };
  }

  /** Pushes a new version and asks one object to look, as a receiver of webhooks would; resolves when all have it. */
  async push(version: string): Promise<Course> {
    await this.commit(version);
    return this.course(() => this.announce(version));
  }

  /** Does this; resolves when all plugins are at what is upstream because of it. */
  async course(work: () => Promise<unknown>): Promise<Course> {
    const start = performance.now();
    const settled = this.#untilSettled(() => start);
    const [eachMs] = await Promise.all([settled, work()]);
    return { totalMs: performance.now() - start, eachMs };
  }

  /** One look upstream, of which all learn. */
  async announce(version: string): Promise<void> {
    const name = { namespace: this.#options.name, name: pluginName(0, 0) };
    const patch = { metadata: { annotations: { [REQUESTED_AT]: version } } };
    const signal = AbortSignal.timeout(WAIT_MS);
    await this.#bed.kube.patch(WORKSPACE_PLUGIN, name, { patch, signal });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#owned.disposeAsync();
  }

  /** @param since when the clock of an object began */
  #untilSettled(since: (name: string) => number): Promise<readonly number[]> {
    const { promise, resolve, reject } = Promise.withResolvers<readonly number[]>();
    const settled = new Map<string, number>();
    const timer = setTimeout(
      () => {
        reject(new Error(`only ${settled.size} of ${this.size} plugins are as declared; ${this.#last()}`));
      },
      Math.max(WAIT_MS, this.size * WAIT_MS_EACH),
    );
    this.#onChange = (object) => {
      const { name } = object.metadata;
      if (settled.has(name) || !isSettled(object, this.#revision)) return;
      settled.set(name, performance.now() - since(name));
      if (settled.size === this.size) resolve([...settled.values()]);
    };
    return promise.finally(() => {
      clearTimeout(timer);
      this.#onChange = () => undefined;
    });
  }

  #last(): string {
    const late = this.#objects.list().find((object) => !isSettled(object, this.#revision));
    return JSON.stringify(late?.status ?? 'there is no status');
  }

  #workspace({ name, spec }: Place): Manifest {
    return workspaceManifest(spec, { name, namespace: this.#options.name });
  }

  #plugin({ name }: Place, workspace: number, plugin: number): Manifest {
    const { look, poll } = this.#options.intervals ?? SELDOM;
    return pluginManifest(
      {
        workspaceRef: { name },
        pluginName: folderOf(plugin),
        source: { url: this.url, path: folderOf(plugin), interval: poll },
        track: 'branch:main',
        update: { approval: this.#options.approval ?? 'Automatic' },
        integrity: { interval: look },
      },
      { name: pluginName(workspace, plugin), namespace: this.#options.name },
    );
  }
}

/** Of the object; it begins as `Work.visited` expects. */
function pluginName(workspace: number, plugin: number): string {
  return `p-${workspace}-${plugin}`;
}

function isSettled({ metadata, status }: WorkspacePlugin, revision: string): boolean {
  return (
    status?.observedGeneration === metadata.generation &&
    status.installed?.revision === revision &&
    status.conditions?.find(({ type }) => type === 'Ready')?.status === 'True'
  );
}
