// A workspace full of plugins, a controller that reaches the API server through the proxy, and what must hold of both.
import { chmod, chown, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { FINALIZER, WORKSPACE, WORKSPACE_PLUGIN } from '../../../controller/api/group.ts';
import type { WorkspacePlugin } from '../../../controller/api/workspace-plugin.ts';
import { silentLogger } from '../../../lib/logger.ts';
import { createSources } from '../../../lib/sources/registry.ts';
import { configOf } from '../../integration/sources/worlds.ts';
import { startController, type RunningController } from '../../support/controller.ts';
import { HurriedClock } from '../../support/hurried-clock.ts';
import { pluginManifest, workspaceManifest } from '../../support/manifests.ts';
import { waitFor } from '../../support/wait-for.ts';
import type { Line } from '../api/line.ts';
import type { Proxied } from '../api/proxied.ts';

export const VERSIONS = ['one', 'two', 'three'] as const;
export type Version = (typeof VERSIONS)[number];

const CRDS = join(import.meta.dirname, '..', '..', '..', 'crds');
const WORKSPACE_NAME = 'crew';
const OWNER = 1000;
const CONVERGE_MS = 120_000;

/** All of them are looked at; milliseconds. */
const LOOK_EVERY_MS = 250;

/** So many visits that find nothing to do must write nothing. */
const QUIET_LOOKS = 10;

export async function declareKinds(bed: Proxied): Promise<void> {
  await bed.kubectl(['apply', '-f', CRDS]);
  await bed.kubectl(['wait', '--for=condition=Established', '--timeout=60s', '-f', CRDS]);
}

export class Fleet {
  readonly names: readonly string[];
  readonly line: Line;
  readonly clock = new HurriedClock(1);
  readonly #bed: Proxied;
  readonly #namespace: string;
  readonly #folder: string;
  #controller: RunningController | undefined;

  private constructor(bed: Proxied, namespace: string, size: number) {
    this.#bed = bed;
    this.#namespace = namespace;
    this.#folder = join(bed.folder, namespace);
    this.line = bed.proxy.line(namespace);
    this.names = Array.from({ length: size }, (_, index) => `p${index}`);
  }

  /** Every plugin is installed in one of the versions. */
  static async open(bed: Proxied, namespace: string, size: number): Promise<Fleet> {
    const fleet = new Fleet(bed, namespace, size);
    await fleet.#lay();
    await fleet.#start();
    await Promise.all(fleet.names.map((name) => fleet.declare(name, 'one')));
    await fleet.converge();
    return fleet;
  }

  get tally(): RunningController['tally'] | undefined {
    return this.#controller?.tally;
  }

  async close(): Promise<void> {
    await this.#controller?.stop([/./]);
  }

  /** Creates the object, or edits it. */
  async declare(name: string, version: Version): Promise<void> {
    const place = { name, namespace: this.#namespace };
    const spec = {
      workspaceRef: { name: WORKSPACE_NAME },
      pluginName: name,
      source: { url: `local://${version}`, interval: '1h', retryInterval: '1s' },
      integrity: { interval: '1s' },
    };
    await this.#bed.put(WORKSPACE_PLUGIN, place, { spec: pluginManifest(spec, place).spec });
  }

  /** As somebody else: merges these fields into the object. */
  async touch(name: string, fields: object): Promise<void> {
    await this.#bed.put(WORKSPACE_PLUGIN, { name, namespace: this.#namespace }, fields);
  }

  /** Asks for its deletion, which our finalizer holds back until the controller has cleaned up. */
  async remove(name: string): Promise<void> {
    await this.#bed.remove(WORKSPACE_PLUGIN, { name, namespace: this.#namespace });
  }

  /** Deletes it although the controller has not cleaned up, and makes another of its name. */
  async replace(name: string, version: Version): Promise<void> {
    await this.touch(name, { metadata: { finalizers: [] } });
    await this.remove(name);
    await waitFor(`${name} to be gone`, async () => (await this.find(name)) === undefined, CONVERGE_MS);
    await this.declare(name, version);
  }

  find(name: string): Promise<WorkspacePlugin | undefined> {
    return this.#bed.find(WORKSPACE_PLUGIN, { name, namespace: this.#namespace });
  }

  list(): Promise<readonly WorkspacePlugin[]> {
    return this.#bed.list(WORKSPACE_PLUGIN, this.#namespace);
  }

  /** Waits until each folder holds what the server's object wants, each status says so, and nothing is left over. */
  async converge(): Promise<void> {
    let wrong: readonly string[] = [];
    try {
      await waitFor(
        'every plugin to be as declared',
        async () => {
          await delay(LOOK_EVERY_MS);
          const objects = await this.list();
          const found = await Promise.all(this.names.map((name) => this.#complaint(name, objects)));
          wrong = found.filter((one) => one !== undefined);
          return wrong.length === 0;
        },
        CONVERGE_MS,
      );
    } catch (error) {
      throw new Error(`${String(error)}: ${wrong.slice(0, 5).join('; ')}`, { cause: error });
    }
  }

  /** How many writes of ours the server took while the plugins were looked at several times more. */
  async writesWhenQuiet(): Promise<number> {
    const tally = this.#controller?.tally;
    if (tally === undefined) throw new Error('no controller runs');
    // The counts of the Workspace follow a moment later.
    await waitFor('the counts to be right', () => this.#countsAreRight(), CONVERGE_MS);
    const [writes, looks] = [tally.writes.length, tally.commandsOf('look')];
    await waitFor('more looks', () => tally.commandsOf('look') >= looks + QUIET_LOOKS, CONVERGE_MS);
    return tally.writes.length - writes;
  }

  async #countsAreRight(): Promise<boolean> {
    const workspaces = await this.#bed.list(WORKSPACE, this.#namespace);
    const count = (await this.list()).length;
    const counts = workspaces[0]?.status?.plugins;
    return counts?.declared === count && counts.installed === count;
  }

  async #complaint(name: string, objects: readonly WorkspacePlugin[]): Promise<string | undefined> {
    const object = objects.find(({ metadata }) => metadata.name === name);
    const version = await this.#installed(name);
    if (object === undefined) return version === undefined ? undefined : `${name} was not removed`;
    const { metadata, spec, status } = object;
    const wanted = spec.source.url.replace('local://', '');
    if (metadata.deletionTimestamp !== undefined) {
      if (metadata.finalizers?.includes(FINALIZER) === true) return `${name} is not let go`;
      return version === undefined ? undefined : `${name} was not removed`;
    }
    if (version !== wanted) return `${name} holds ${version ?? 'nothing'} instead of ${wanted}`;
    const ready = status?.conditions?.find(({ type }) => type === 'Ready');
    const isCurrent = status?.observedGeneration === metadata.generation && ready?.status === 'True';
    return isCurrent && status.approved?.url === spec.source.url ? undefined : `${name} is not Ready`;
  }

  /** The version on disk, whole and marked; undefined where there is no folder. */
  async #installed(name: string): Promise<string | undefined> {
    const folder = join(this.#folder, 'workspace', 'configs', 'plugins', name);
    try {
      const texts = await Promise.all(
        ['plugin.yaml', 'rules/main.md', '.complete'].map((file) => readFile(join(folder, file), 'utf8')),
      );
      const [description = '', rule = ''] = texts;
      return description.includes(`description: ${rule}`) ? rule : 'a mixture';
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw error;
    }
  }

  async #lay(): Promise<void> {
    await this.#bed.kubectl(['create', 'namespace', this.#namespace]);
    await chmod(this.#bed.folder, 0o755);
    for (const version of VERSIONS) {
      const folder = join(this.#folder, 'catalog', version);
      await mkdir(join(folder, 'rules'), { recursive: true });
      await writeFile(
        join(folder, 'plugin.yaml'),
        `name: ${version}\nversion: 1.0.0\ndescription: ${version}\n`,
      );
      await writeFile(join(folder, 'rules', 'main.md'), version);
    }
    const workspace = join(this.#folder, 'workspace');
    await mkdir(workspace);
    await chown(workspace, OWNER, OWNER);
    const place = { name: WORKSPACE_NAME, namespace: this.#namespace };
    const { spec } = workspaceManifest({ runtime: { directory: { path: workspace } } }, place);
    await this.#bed.put(WORKSPACE, place, { spec });
  }

  async #start(): Promise<void> {
    const [cacheDir, localCatalog] = ['cache', 'catalog'].map((name) => join(this.#folder, name));
    const { clock } = this;
    const sources = createSources({
      ...configOf({ cacheDir: cacheDir ?? '', localCatalog }),
      ...{ clock, logger: silentLogger },
    });
    this.#controller = await startController({
      flags: [
        `--kubeconfig=${this.#bed.kubeconfig}`,
        `--namespace=${this.#namespace}`,
        `--host-namespace=${this.#namespace}`,
        `--directory-root=${this.#folder}`,
        `--cache-dir=${cacheDir}`,
        `--local-catalog=${localCatalog}`,
      ],
      disturb: (adapters) => ({ ...adapters, clock, sources }),
    });
  }
}
