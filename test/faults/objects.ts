// All objects of the cases as a watch tells of them: waiting for one costs the API server nothing.
import { WORKSPACE, WORKSPACE_PLUGIN } from '../../controller/api/group.ts';
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
  readonly #end = new AbortController();
  readonly #running: Promise<unknown>;

  constructor(client: KubeClient) {
    const common = { client, clock: systemClock, logger: silentLogger };
    this.#plugins = new Reflector({ ...common, resource: WORKSPACE_PLUGIN });
    this.#workspaces = new Reflector({ ...common, resource: WORKSPACE });
    const { signal } = this.#end;
    this.#running = Promise.all([this.#plugins.run(signal), this.#workspaces.run(signal)]);
  }

  /** As of a few milliseconds ago. */
  in(namespace: string): Objects {
    return {
      plugin: this.#plugins.get({ namespace, name: PLUGIN }),
      workspace: this.#workspaces.get({ namespace, name: ALICE }),
    };
  }

  async close(): Promise<void> {
    this.#end.abort(new Error('the run is over'));
    await this.#running;
  }
}
