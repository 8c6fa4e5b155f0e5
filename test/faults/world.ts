// The state of everything a case may change, without what differs between two equal runs: times, stamps, counts of writes.
import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PLUGIN_UPDATE, WORKSPACE, WORKSPACE_PLUGIN } from '../../controller/api/group.ts';
import type { PluginUpdate } from '../../controller/api/plugin-update.ts';
import type { WorkspacePlugin } from '../../controller/api/workspace-plugin.ts';
import type { Workspace } from '../../controller/api/workspace.ts';
import type { KubeClient, StatusObject } from '../../lib/kube/kube.ts';
import { CHECKS, type Place } from './place.ts';
import { UNTRACKED, type TreeState } from './tree.ts';

export interface World {
  readonly plugin: object | 'gone';
  readonly workspace: object | 'gone';
  /** What was asked, and what became of it. */
  readonly updates: readonly string[];
  readonly tree: TreeState | undefined;
  readonly untracked: boolean;
  /** All that lies in the plugins folder, the content of plugins aside; stamps as `<stamp>`. */
  readonly entries: readonly string[];
  /** How often its health check ran. */
  readonly checks: number;
}

export const PLUGIN = 'browser';
export const ALICE = 'alice';

/** Its hash is of this object's UID, among others. */
const UPDATE_NAME = new RegExp(`${PLUGIN}-[0-9a-f]{10}`, 'g');

export interface Objects {
  readonly plugin: WorkspacePlugin | undefined;
  readonly workspace: Workspace | undefined;
  readonly updates: readonly PluginUpdate[];
}

export async function readObjects(kube: KubeClient, namespace: string): Promise<Objects> {
  const signal = AbortSignal.timeout(20_000);
  const [plugin, workspace, { items: updates }] = await Promise.all([
    kube.get(WORKSPACE_PLUGIN, { namespace, name: PLUGIN }, signal),
    kube.get(WORKSPACE, { namespace, name: ALICE }, signal),
    kube.list(PLUGIN_UPDATE, { namespace, limit: 100, signal }),
  ]);
  return { plugin, workspace, updates };
}

/** The version has been installed, everything is calm, and the counts of the workspace say so. */
export function hasArrived({ plugin, workspace }: Objects, revision: string): boolean {
  const { installed, conditions = [] } = plugin?.status ?? {};
  const is = (type: string, status: string) =>
    conditions.some((condition) => condition.type === type && condition.status === status);
  const isIn = installed?.revision === revision && is('Ready', 'True') && is('Drifted', 'False');
  return isIn && isCounted({ plugin, workspace });
}

/** The counts of the workspace have followed its plugin. */
export function isCounted({ plugin, workspace }: Pick<Objects, 'plugin' | 'workspace'>): boolean {
  if (workspace === undefined) return true;
  const count = (type: string): number =>
    (plugin?.status?.conditions ?? []).filter((one) => one.type === type && one.status === 'True').length;
  const { installed, drifted } = workspace.status?.plugins ?? {};
  return installed === count('Applied') && drifted === count('Drifted');
}

/** Under which value each object that is there was asked for a full look that it has made. */
export function answersOf({ plugin, workspace }: Objects): readonly (string | undefined)[] {
  return [plugin, workspace]
    .filter((object) => object !== undefined)
    .map(({ status }) => status?.lastHandledReconcileAt);
}

/** The question that waits for a person, if there is one, says what would change. */
export function isTold({ plugin, updates }: Pick<Objects, 'plugin' | 'updates'>): boolean {
  const asked = plugin?.status?.pendingUpdateRef?.name;
  const question = updates.find(({ metadata }) => metadata.name === asked);
  return asked === undefined || question?.status?.changes !== undefined;
}

/** The world in lines, equal for equal worlds. `names`: what stands for the names that are this case's own. */
export function worldText(objects: Objects, place: Place, names: Readonly<Record<string, string>>): string {
  const text = JSON.stringify(worldOf(objects, place), undefined, 1).replaceAll(UPDATE_NAME, '<update>');
  return Object.entries(names).reduce((all, [word, name]) => all.replaceAll(name, word), text);
}

function worldOf({ plugin, workspace, updates }: Objects, place: Place): World {
  return {
    plugin: plugin === undefined ? 'gone' : { ...kept(plugin), ...pluginFacts(plugin) },
    workspace: workspace === undefined ? 'gone' : { ...kept(workspace), ...workspaceFacts(workspace) },
    updates: updates.map(updateFacts).sort(),
    tree: place.tree.read(),
    untracked: lstatSync(join(place.live, UNTRACKED), { throwIfNoEntry: false }) !== undefined,
    entries: entriesOf(join(place.configs, 'plugins')),
    checks: checksIn(place),
  };
}

function checksIn({ configs }: Place): number {
  const path = join(configs, CHECKS);
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').length - 1 : 0;
}

function kept({ metadata, status }: StatusObject): object {
  return {
    finalizers: metadata.finalizers ?? [],
    generation: metadata.generation,
    observedGeneration: status?.observedGeneration,
    conditions: (status?.conditions ?? []).map(
      ({ type, status: value, reason, message, observedGeneration }) =>
        `${type}=${value} ${reason} @${observedGeneration}: ${message}`,
    ),
  };
}

function pluginFacts({ status = {} }: WorkspacePlugin): object {
  const { approved, installed, available, previous, failures, nextAttemptTime } = status;
  return {
    ...{ approved: timeless(approved), installed: timeless(installed), available: timeless(available) },
    previous: (previous ?? []).map(({ revision, digest }) => `${revision} ${digest}`),
    trouble: { failures, nextAttemptTime },
  };
}

function updateFacts({ spec, status }: PluginUpdate): string {
  const reasons = (status?.conditions ?? []).map(
    ({ type, status: value, reason }) => `${type}=${value} ${reason}`,
  );
  const { phase = 'new', reload = 'unknown', changes } = status ?? {};
  const what = `${reload} ${JSON.stringify(changes ?? 'not compared')}`;
  return `${spec.toRevision} ${spec.decision ?? 'undecided'} ${phase}: ${reasons.join(', ')}; ${what}`;
}

function timeless(value: object = {}): object {
  return Object.fromEntries(
    Object.entries(value).filter(([key]) => key !== 'time' && key !== 'firstSeenTime'),
  );
}

function workspaceFacts({ status = {} }: Workspace): object {
  const { runtime, plugins, unmanaged } = status;
  const isSeen = runtime?.instance !== undefined;
  return { kind: runtime?.kind, swapMode: runtime?.swapMode, isSeen, plugins, unmanaged };
}

/** Two levels: the folders of plugins and ours, with what lies directly in ours. */
function entriesOf(root: string): readonly string[] {
  const list = (path: string): string[] =>
    lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true ? readdirSync(path) : [];
  return list(root)
    .flatMap((name) => [
      name,
      ...(name.startsWith('.') ? list(join(root, name)).map((inner) => `${name}/${inner}`) : []),
    ])
    .map((path) =>
      path.replace(new RegExp(`^(\\.[a-z]+/${PLUGIN})\\.\\d{8}T\\d{6}Z(-\\d+)?\\d*$`), '$1.<stamp>'),
    )
    .sort();
}
