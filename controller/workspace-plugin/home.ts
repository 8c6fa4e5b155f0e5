// The workspace that a plugin lives in, and the way there.
import type { Workspace } from '../api/workspace.ts';
import type { WorkspacePlugin } from '../api/workspace-plugin.ts';
import type { Reach } from '../reach.ts';
import { TransientError } from '../../lib/errors.ts';
import type { Cache } from '../../lib/kube/kube.ts';
import type { Session } from '../../lib/target/target.ts';

/** What getting there needs: contracts only. */
export interface HomeTools {
  readonly workspaces: Cache<Workspace>;
  readonly reach: Reach;
}

export interface Home {
  readonly session: Session;
  /** Says how what lives there is to be treated. */
  readonly workspace: Workspace;
}

/** @throws TransientError `WorkspaceUnreachable` for a Workspace object that is gone; whatever `reach` throws */
export async function homeOf(tools: HomeTools, object: WorkspacePlugin): Promise<Home> {
  const { namespace } = object.metadata;
  const { name } = object.spec.workspaceRef;
  const workspace = tools.workspaces.get({ namespace, name });
  if (workspace === undefined) {
    throw new TransientError('WorkspaceUnreachable', `Workspace ${namespace}/${name} was deleted meanwhile`);
  }
  const { session } = await tools.reach(workspace);
  return { session, workspace };
}
