// The stories: what the world is like before, what a person or an agent then does, and how it must end.
import { API_VERSION, REQUESTED_AT, WORKSPACE, WORKSPACE_PLUGIN } from '../../controller/api/group.ts';
import type { WorkspacePlugin } from '../../controller/api/workspace-plugin.ts';
import type { Workspace } from '../../controller/api/workspace.ts';
import { PermanentError } from '../../lib/errors.ts';
import type { Repository } from '../../lib/embedded/git-repository.ts';
import type { KubeObject, Resource } from '../../lib/kube/kube.ts';
import { kubectl } from '../integration/support/kubectl.ts';
import type { Bed } from './bed.ts';
import { ONLY_IN_TWO, type VersionName } from './content.ts';
import { CHECKS, copyAsAgent, muteUnder, pluginsPathOf, writeAsAgent, type Place } from './place.ts';
import { decide, decideLongAgo, untilAsked } from './questions.ts';
import { TAMPERED, UNTRACKED, type TreeState } from './tree.ts';
import { ALICE, PLUGIN, readObjects } from './world.ts';

export interface Stage {
  readonly bed: Bed;
  readonly place: Place;
  readonly namespace: string;
  readonly repository: Repository;
}

export interface Story {
  readonly name: string;
  /** Brought about one after the other before the story begins; none: it begins with the start of the controller. */
  readonly before: readonly VersionName[];
  /** Untracked files lie in the plugin from the beginning. */
  readonly littered: boolean;
  /** Beside a directory, too, an agent runs that can be told to start anew. */
  readonly hasAgent?: true;
  /** It takes place in a directory alone: what it adds is the same in containers, or cannot be had there. */
  readonly isDirectoryOnly?: true;
  /** The agent has copied from the plugin into its own files (`copyAsAgent`), which are as before when all is over. */
  readonly copies?: true;
  /** What comes before it beside the versions; the controller is at work meanwhile. */
  prepare?(stage: Stage): Promise<void>;
  act(stage: Stage): Promise<void>;
  /** Everything that a reader may see, its last state first. `Absent` only while nothing is exchanged. */
  readonly states: readonly [TreeState, ...TreeState[]];
}

const COPIES = {
  copies: true,
  prepare: async ({ place }: Stage): Promise<void> => {
    copyAsAgent(place);
    return Promise.resolve();
  },
} as const;

export const STORIES: readonly Story[] = [
  {
    name: 'install',
    before: [],
    littered: false,
    act: (stage) => create(stage),
    states: ['v1', 'Absent'],
  },
  { name: 'update', before: ['v1'], littered: false, ...COPIES, act: move, states: ['v2', 'v1'] },
  // In containers the agent is started anew in all stories that change the plugin.
  { name: 'restart', before: ['v1'], littered: false, hasAgent: true, act: move, states: ['v2', 'v1'] },
  {
    name: 'repair',
    before: ['v1'],
    littered: true,
    act: async (stage) => {
      writeAsAgent(stage.place.live, TAMPERED.path, TAMPERED.content);
      await request(stage, 'tampered');
    },
    states: ['v1', 'v1 tampered'],
  },
  {
    name: 'rollback',
    before: ['v1', 'v2'],
    littered: false,
    act: async (stage) => {
      const spec = { source: { url: sourceURL(stage, '#v1') }, track: 'none' };
      const signal = AbortSignal.timeout(30_000);
      const name = { namespace: stage.namespace, name: PLUGIN };
      await stage.bed.kube.patch(WORKSPACE_PLUGIN, name, { patch: { spec }, signal });
    },
    states: ['v1', 'v2'],
  },
  {
    name: 'delete',
    before: ['v1'],
    littered: true,
    ...COPIES,
    act: async ({ bed, namespace }) => {
      await kubectl(bed.controlPlane, ['-n', namespace, 'delete', 'workspaceplugin', PLUGIN, '--wait=false']);
    },
    states: ['Absent', 'v1'],
  },
  {
    name: 'health',
    before: ['v1'],
    littered: false,
    act: async (stage) => {
      await update(stage, 'v2', 'true');
    },
    states: ['v2', 'v1'],
  },
  {
    name: 'bad update',
    before: ['v1'],
    littered: false,
    act: async (stage) => {
      await update(stage, 'v2', '! grep -q very "$PLUGIN_DIR/rules/polite.md"');
    },
    states: ['v1', 'v2'],
  },
  {
    name: 'ask',
    before: ['v1'],
    littered: false,
    act: (stage) => offer(stage, 'v2'),
    states: ['v1'],
  },
  {
    name: 'approve',
    before: ['v1'],
    littered: false,
    prepare: ask,
    act: (stage) => decide(stage, 'Approved'),
    states: ['v2', 'v1'],
  },
  {
    name: 'dismiss',
    before: ['v1'],
    littered: false,
    isDirectoryOnly: true,
    prepare: ask,
    act: (stage) => decide(stage, 'Dismissed'),
    states: ['v1'],
  },
  {
    // Of the decided updates the oldest goes with the sixth.
    name: 'prune',
    before: ['v1'],
    littered: false,
    isDirectoryOnly: true,
    prepare: async (stage) => {
      await decideLongAgo(stage);
      await ask(stage);
    },
    act: (stage) => decide(stage, 'Dismissed'),
    states: ['v1'],
  },
  {
    name: 'bad first install',
    before: [],
    littered: false,
    isDirectoryOnly: true,
    act: (stage) => create(stage, { approval: 'Automatic', healthCheck: { command: counted('false') } }),
    states: ['Absent', 'v1'],
  },
  {
    name: 'bad restart',
    before: ['v1'],
    littered: false,
    hasAgent: true,
    isDirectoryOnly: true,
    prepare: async ({ place }) => {
      muteUnder(place, ONLY_IN_TWO);
      return Promise.resolve();
    },
    act: move,
    states: ['v1', 'v2'],
  },
];

/** Upstream has a version that an agent only takes up when it is started anew. */
async function move(stage: Stage): Promise<void> {
  await stage.repository.branch('stable', stage.bed.revisions.v2);
  await request(stage, 'moved');
}

/** Upstream has a version that a person must decide about. */
async function offer(stage: Stage, version: VersionName): Promise<void> {
  const { bed, namespace, repository } = stage;
  const patch = { spec: { update: { approval: 'Manual' } } };
  const signal = AbortSignal.timeout(30_000);
  await bed.kube.patch(WORKSPACE_PLUGIN, { namespace, name: PLUGIN }, { patch, signal });
  await repository.branch('stable', bed.revisions[version]);
  await request(stage, version);
}

async function ask(stage: Stage): Promise<void> {
  await offer(stage, 'v2');
  await untilAsked(stage);
}

/** An update, with a check that leaves a line each time that it runs. */
async function update(stage: Stage, version: VersionName, check: string): Promise<void> {
  const { bed, namespace, repository } = stage;
  const patch = { spec: { update: { healthCheck: { command: counted(check) } } } };
  const signal = AbortSignal.timeout(30_000);
  await bed.kube.patch(WORKSPACE_PLUGIN, { namespace, name: PLUGIN }, { patch, signal });
  await repository.branch('stable', bed.revisions[version]);
  await request(stage, version);
}

/** A check that leaves a line each time that it runs. */
function counted(check: string): readonly string[] {
  return ['sh', '-c', `echo checked >> "$CONFIGS_DIR/${CHECKS}"; ${check}`];
}

/** The objects as a person writes them: the plugin follows a branch and is updated automatically. */
async function create(stage: Stage, update: object = AUTOMATIC): Promise<void> {
  const { bed, place, namespace } = stage;
  const signal = AbortSignal.timeout(30_000);
  const spec = { runtime: place.runtime, pluginsPath: pluginsPathOf(place) };
  await bed.kube.create(WORKSPACE, namespace, { metadata: { name: ALICE, namespace }, spec }, signal);
  await createPlugin(stage, update);
}

const AUTOMATIC = { approval: 'Automatic' };

export async function createPlugin(stage: Stage, update: object = AUTOMATIC): Promise<void> {
  const { bed, namespace } = stage;
  const plugin = {
    apiVersion: API_VERSION,
    metadata: { name: PLUGIN, namespace },
    spec: {
      workspaceRef: { name: ALICE },
      pluginName: PLUGIN,
      source: { url: sourceURL(stage), retryInterval: '1s' },
      track: 'branch:stable',
      update,
    },
  };
  await bed.kube.create(WORKSPACE_PLUGIN, namespace, plugin, AbortSignal.timeout(30_000));
}

/** Does what brings a version about, when the one before it is in place. */
export async function bringAbout(stage: Stage, version: VersionName): Promise<void> {
  if (version === 'v1') return create(stage);
  await stage.repository.branch('stable', stage.bed.revisions[version]);
  await request(stage, version);
}

export function litter({ place }: Stage): void {
  writeAsAgent(place.live, UNTRACKED, 'what the plugin wrote while it ran\n');
}

function sourceURL({ repository }: Stage, ref = ''): string {
  return `file://${repository.path}${ref}`;
}

async function request(stage: Stage, value: string): Promise<void> {
  await edit(stage, { annotations: { [REQUESTED_AT]: value } });
}

/** Asks for a full look at both objects at once; one that is gone needs none. */
export async function requestLook(stage: Stage, value: string): Promise<void> {
  await touch(stage, { annotations: { [REQUESTED_AT]: value } });
}

/** Changes metadata of both objects at once, of those that are there. */
export async function touch(
  { bed, namespace }: Pick<Stage, 'bed' | 'namespace'>,
  metadata: object,
): Promise<void> {
  const request = { patch: { metadata }, signal: AbortSignal.timeout(30_000) };
  const ask = async (
    resource: Resource<Workspace> | Resource<WorkspacePlugin>,
    name: string,
  ): Promise<void> => {
    await bed.kube.patch<KubeObject>(resource, { namespace, name }, request).catch((error: unknown) => {
      if (!(error instanceof PermanentError && error.reason === 'NotFound')) throw error;
    });
  };
  await Promise.all([ask(WORKSPACE, ALICE), ask(WORKSPACE_PLUGIN, PLUGIN)]);
}

/** Changes metadata of the plugin, or of the workspace once the plugin is gone. */
export async function edit({ bed, namespace }: Stage, metadata: object): Promise<void> {
  const request = { patch: { metadata }, signal: AbortSignal.timeout(30_000) };
  const { plugin } = await readObjects(bed.kube, namespace);
  if (plugin === undefined) await bed.kube.patch(WORKSPACE, { namespace, name: ALICE }, request);
  else await bed.kube.patch(WORKSPACE_PLUGIN, { namespace, name: PLUGIN }, request);
}
