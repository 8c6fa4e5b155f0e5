// The way from a Workspace object to its plugins folder, for every kind that needs one.
import { PermanentError } from '../lib/errors.ts';
import type { RuntimeSpec } from '../lib/runtimes/runtime.ts';
import type { Reached, Sessions } from '../lib/target/sessions.ts';
import type { Workspace } from './api/workspace.ts';

/**
 * @throws PermanentError `RuntimeNotPermitted` for a namespace that may not use the controller's own engine and
 * directories; whatever the runtime throws
 */
export type Reach = (workspace: Workspace) => Promise<Reached>;

/** @param hostNamespaces namespaces that may use the controller's own engine and directory roots; `*` for all */
export function createReach(sessions: Sessions<RuntimeSpec>, hostNamespaces: readonly string[]): Reach {
  return async (workspace) => {
    const { namespace, name, uid } = workspace.metadata;
    if (!hostNamespaces.includes('*') && !hostNamespaces.includes(namespace)) {
      throw new PermanentError(
        'RuntimeNotPermitted',
        `Workspace ${namespace}/${name} may not use the controller's Docker engine or directories: ` +
          `start the controller with --host-namespace=${namespace} to permit it`,
      );
    }
    return sessions.reach(uid, runtimeSpec(workspace));
  };
}

function runtimeSpec({ metadata, spec }: Workspace): RuntimeSpec {
  const { pluginsPath, owner } = spec;
  if (spec.runtime.docker !== undefined) {
    return { kind: 'docker', container: spec.runtime.docker.container, pluginsPath, owner };
  }
  if (spec.runtime.directory !== undefined) {
    return { kind: 'directory', path: spec.runtime.directory.path, pluginsPath, owner };
  }
  throw new PermanentError(
    'RuntimeNotPermitted',
    `Workspace ${metadata.namespace}/${metadata.name} names no runtime that this version knows: use docker or directory`,
  );
}
