// What people do with PluginUpdates in a story: see them, decide on them, wait for what becomes of them.
import { randomUUID } from 'node:crypto';
import { PLUGIN_UPDATE, REQUESTED_AT, WORKSPACE_PLUGIN } from '../../../controller/api/group.ts';
import type { PluginUpdate } from '../../../controller/api/plugin-update.ts';
import type { Phase } from '../../../controller/plugin-update/decide.ts';
import type { Repository } from '../../../lib/embedded/git-repository.ts';
import { waitFor } from '../../support/wait-for.ts';
import { pluginFiles } from './plugins.ts';
import { World } from './world.ts';

export interface Release {
  readonly repository: Repository;
  readonly first: string;
  /** Publishes another version under a tag of its own. */
  readonly release: (version: string) => Promise<string>;
}

export class Updates {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  /** A world with the workspace alice. */
  static async open(): Promise<{ readonly world: World; readonly updates: Updates }> {
    const world = await World.open();
    await world.apply(await world.workspace('alice'));
    return { world, updates: new Updates(world) };
  }

  /** A plugin at version 1.0.0 that follows the latest release, and asks a person unless the spec says otherwise. */
  async installed(name: string, spec: object = {}): Promise<Release> {
    const world = this.#world;
    const repository = await world.git.repository(name);
    const release = (version: string): Promise<string> =>
      repository.release(`v${version}`, pluginFiles(version));
    const first = await release('1.0.0');
    await world.apply(
      world.plugin(name, 'alice', { url: world.git.urlOf(name), track: 'tag:latest', ...spec }),
    );
    await world.installed(name, first);
    return { repository, first, release };
  }

  /** All of one plugin, the oldest first. */
  async of(plugin: string): Promise<readonly PluginUpdate[]> {
    return (await this.#world.all(PLUGIN_UPDATE))
      .filter(({ spec }) => spec.pluginRef.name === plugin)
      .sort((a, b) => (a.metadata.creationTimestamp < b.metadata.creationTimestamp ? -1 : 1));
  }

  /** Waits until the update of a plugin to this revision is so far. */
  async until(plugin: string, toRevision: string, phase: Phase): Promise<PluginUpdate> {
    return waitFor(`the update of ${plugin} to ${toRevision} to be ${phase}`, async () =>
      (await this.of(plugin)).find(
        ({ spec, status }) => spec.toRevision === toRevision && status?.phase === phase,
      ),
    );
  }

  /** Has a plugin and its source looked at, and waits for that. */
  async lookNow(plugin: string): Promise<void> {
    const value = randomUUID();
    await this.#world.patch(WORKSPACE_PLUGIN, plugin, {
      metadata: { annotations: { [REQUESTED_AT]: value } },
    });
    await this.#world.until(plugin, 'a look', ({ status }) => status?.lastHandledReconcileAt === value);
  }

  async approve({ metadata: { name } }: PluginUpdate, decidedBy = 'jane'): Promise<void> {
    await this.#decide(name, { decision: 'Approved', decidedBy });
  }

  async dismiss({ metadata: { name } }: PluginUpdate, reason: string): Promise<void> {
    await this.#decide(name, { decision: 'Dismissed', decidedBy: 'jane', reason });
  }

  async delete({ metadata: { name } }: PluginUpdate): Promise<void> {
    await this.#world.kubectl('delete', 'pu', name);
  }

  async #decide(name: string, spec: object): Promise<void> {
    await this.#world.kubectl('patch', 'pu', name, '--type=merge', '-p', JSON.stringify({ spec }));
  }
}

export function conditionsOf({ status }: PluginUpdate): readonly string[] {
  return (status?.conditions ?? []).map(({ type, status: is, reason }) => `${type}=${is} ${reason}`);
}
