// The way from a Workspace object to its plugins folder, for every kind that needs one.
import { PermanentError } from '../lib/errors.ts';
import type { ObjectName } from '../lib/kube/kube.ts';
import type { Secret } from '../lib/kube/secret.ts';
import type { EngineAccess, RuntimeSpec } from '../lib/runtimes/runtime.ts';
import type { Claim } from '../lib/target/claim.ts';
import type { Reached, Sessions } from '../lib/target/sessions.ts';
import type { Workspace } from './api/workspace.ts';
import { engineAccess } from './engine-secret.ts';

/**
 * @throws PermanentError `RuntimeNotPermitted` for a namespace that may not use the controller's own engine and
 * directories; PermanentError `InvalidSecret`; whatever the API server and the runtime throw
 */
export type Reach = (workspace: Workspace) => Promise<Reached>;

/** Where a Workspace is, and the mark that says that it is this object's. */
export interface Place {
  readonly runtime: RuntimeSpec;
  readonly claim: Claim;
}

export interface ReachTools {
  readonly sessions: Pick<Sessions<Place>, 'reach' | 'specOf'>;
  readonly claimOf: (workspace: Workspace) => Promise<Claim>;
  /** Namespaces that may use the controller's own engine and directory roots; `*` for all. */
  readonly hostNamespaces: readonly string[];
  /** Undefined when there is none. */
  readonly readSecret: (name: ObjectName) => Promise<Secret | undefined>;
}

export function createReach(tools: ReachTools): Reach {
  return async (workspace) => {
    const runtime = await runtimeSpec(tools, workspace);
    const claim = await tools.claimOf(workspace);
    return tools.sessions.reach(workspace.metadata.uid, { runtime, claim });
  };
}

async function runtimeSpec(tools: ReachTools, workspace: Workspace): Promise<RuntimeSpec> {
  const { metadata, spec } = workspace;
  const { docker, directory } = spec.runtime;
  const common = { pluginsPath: spec.pluginsPath, owner: spec.owner };
  const selected = docker?.container ?? docker?.selector;
  if (docker !== undefined && selected !== undefined) {
    const { engineSecretRef: ref } = docker;
    if (ref === undefined) refuseStranger(tools, workspace);
    const engine = ref === undefined ? {} : { engine: await engineOf(tools, workspace, ref.name) };
    return { kind: 'docker', container: selected, ...engine, ...common };
  }
  refuseStranger(tools, workspace);
  if (directory !== undefined) {
    const { path, reload } = directory;
    return { kind: 'directory', path, ...(reload === undefined ? {} : { reload }), ...common };
  }
  throw new PermanentError(
    'RuntimeNotPermitted',
    `Workspace ${metadata.namespace}/${metadata.name} names no runtime that this version knows: use docker or directory`,
  );
}

async function engineOf(tools: ReachTools, workspace: Workspace, name: string): Promise<EngineAccess> {
  const secretName = { namespace: workspace.metadata.namespace, name };
  const known = lastEngineOf(tools, workspace);
  const secret = await tools.readSecret(secretName).catch((error: unknown) => {
    if (known !== undefined && error instanceof PermanentError && error.reason === 'Forbidden')
      return undefined;
    throw error;
  });
  return secret === undefined && known !== undefined ? known : engineAccess(secretName, secret);
}

/**
 * Of a Workspace that is being deleted: with its namespace go the Secret and the right to read it, which must not hold up
 * the clean-up. Undefined after a restart; then the engine is out of reach, and who deletes is told the way out.
 */
function lastEngineOf({ sessions }: ReachTools, { metadata }: Workspace): EngineAccess | undefined {
  if (metadata.deletionTimestamp === undefined) return undefined;
  const known = sessions.specOf(metadata.uid)?.runtime;
  return known?.kind === 'docker' ? known.engine : undefined;
}

/** The controller's own engine and disk serve only the namespaces that it was told. */
function refuseStranger({ hostNamespaces }: ReachTools, { metadata: { namespace, name } }: Workspace): void {
  if (hostNamespaces.includes('*') || hostNamespaces.includes(namespace)) return;
  throw new PermanentError(
    'RuntimeNotPermitted',
    `Workspace ${namespace}/${name} may not use the controller's Docker engine or directories: ` +
      `start the controller with --host-namespace=${namespace} to permit it`,
  );
}
