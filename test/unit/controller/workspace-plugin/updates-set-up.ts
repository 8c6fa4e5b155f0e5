// What stories about visits of a plugin and of its updates begin with.
import { PLUGIN_UPDATE, WORKSPACE_PLUGIN } from '../../../../controller/api/group.ts';
import type { WorkspacePlugin } from '../../../../controller/api/workspace-plugin.ts';
import { Differences } from '../../../../controller/plugin-update/differences.ts';
import { createPluginUpdateReconciler } from '../../../../controller/plugin-update/reconciler.ts';
import { createWorkspacePluginReconciler } from '../../../../controller/workspace-plugin/reconciler.ts';
import { candidate, tracking, workspace, workspacePlugin, type Modifier } from '../../builders.ts';
import { World } from '../world.ts';
import { NAME } from './set-up.ts';

export const [one, two, three] = [candidate(1), candidate(2), candidate(3)];
const { signal } = new AbortController();

/** One reachable workspace, a plugin that follows the latest of three versions, 1.1.0 for now, and asks a person. */
export function setUp(...modifiers: Modifier<WorkspacePlugin>[]) {
  const world = new World();
  const tools = world.tools();
  const plugins = createWorkspacePluginReconciler(tools);
  const updates = createPluginUpdateReconciler({ ...tools, differences: new Differences(tools) });
  world.putWorkspace(workspace());
  world.putPlugin(workspacePlugin(tracking('tag:latest'), ...modifiers));
  world.source.has(one, two, three);
  const all = () =>
    tools.updates.list('team').flatMap((update) => world.kube.read(PLUGIN_UPDATE, update.metadata) ?? []);
  const visit = async () => plugins.reconcile(NAME, signal);
  /** A visit of the plugin, and of whatever it concerns. */
  const settle = async (): Promise<void> => {
    await visit();
    for (const { metadata } of all()) await updates.reconcile(metadata, signal);
  };
  const offer = async (next: typeof one | undefined): Promise<void> => {
    if (next === undefined) world.source.refs.delete('latest');
    else world.source.refs.set('latest', next);
    world.now += 60_000;
    await settle();
  };
  const decide = (to: typeof one, decision: 'Approved' | 'Dismissed'): void => {
    const update = all().find(({ spec }) => spec.toRevision === to.revision);
    if (update === undefined) throw new Error(`nothing asks about ${to.revision}`);
    const spec = { ...update.spec, decision, decidedBy: 'jane' };
    world.kube.put(PLUGIN_UPDATE, { ...update, spec, metadata: { ...NAME, name: update.metadata.name } });
  };
  const edit = (modify: Modifier<WorkspacePlugin>): void => {
    const object = world.kube.read(WORKSPACE_PLUGIN, NAME);
    if (object !== undefined) world.putPlugin(modify(object));
  };
  world.source.refs.set('latest', one);
  return {
    ...{ world, visit, settle, offer, decide, edit, updates, all },
    place: world.place,
    status: () => world.kube.read(WORKSPACE_PLUGIN, NAME)?.status ?? {},
    phases: () => all().map(({ spec, status }) => `${spec.ref} ${status?.phase ?? ''}`),
    refuse: (error: Error, verb: string) => {
      world.kube.intercept = (call) => {
        if (call.verb === verb && call.kind === 'PluginUpdate') throw error;
      };
    },
  };
}

export const outcomes = ({ history = [] }: NonNullable<WorkspacePlugin['status']>) =>
  history.map(({ outcome, reason }) => `${outcome} ${reason}`);
export const drifted = ({ conditions = [] }: NonNullable<WorkspacePlugin['status']>) => {
  const found = conditions.find(({ type }) => type === 'Drifted');
  return `${found?.status ?? ''} ${found?.reason ?? ''}`;
};
