// All objects of the cases as a watch tells of them: waiting for one costs the API server nothing.
import { PLUGIN_UPDATE, WORKSPACE, WORKSPACE_PLUGIN } from '../../controller/api/group.ts';
import type { PluginUpdate } from '../../controller/api/plugin-update.ts';
import type { WorkspacePlugin } from '../../controller/api/workspace-plugin.ts';
import type { Workspace } from '../../controller/api/workspace.ts';
import { systemClock } from '../../lib/clock.ts';
import type { KubeClient } from '../../lib/kube/kube.ts';
import { Reflector } from '../../lib/kube/reflector.ts';
import { silentLogger } from '../../lib/logger.ts';
import { ALICE, PLUGIN, type Objects } from './world.ts';

export class ObjectsView {
  readonly #plugins: Reflector<WorkspacePlugin>;
  readonly #workspaces: Reflector<Workspace>;
  readonly #updates: Reflector<PluginUpdate>;
  readonly #end = new AbortController();
  readonly #running: Promise<unknown>;

  constructor(client: KubeClient) {
    const common = { client, clock: systemClock, logger: silentLogger };
    this.#plugins = new Reflector({ ...common, resource: WORKSPACE_PLUGIN });
    this.#workspaces = new Reflector({ ...common, resource: WORKSPACE });
    this.#updates = new Reflector({ ...common, resource: PLUGIN_UPDATE });
    const all = [this.#plugins, this.#workspaces, this.#updates];
    this.#running = Promise.all(all.map((reflector) => reflector.run(this.#end.signal)));
  }

  /** As of a few milliseconds ago. */
  in(namespace: string): Objects {
    return {
      plugin: this.#plugins.get({ namespace, name: PLUGIN }),
      workspace: this.#workspaces.get({ namespace, name: ALICE }),
      updates: this.#updates.list(namespace),
    };
  }

  async close(): Promise<void> {
    this.#end.abort(new Error('the run is over'));
    await this.#running;
  }
}
