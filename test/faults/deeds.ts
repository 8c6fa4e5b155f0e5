// What befalls the world while a call waits: its object deleted, put in another's place, or the workspace gone.
import { WORKSPACE_PLUGIN } from '../../controller/api/group.ts';
import { kubectl } from '../integration/support/kubectl.ts';
import { waitFor } from '../support/wait-for.ts';
import type { DeedName } from './boundaries.ts';
import type { VersionName } from './content.ts';
import { createPlugin, requestLook, type Stage, type Story } from './stories.ts';
import type { TreeState } from './tree.ts';
import { PLUGIN, readObjects } from './world.ts';

export interface Deed {
  /** Done while the call waits. */
  act(stage: Stage): Promise<void>;
  /** Done when the call has ended. */
  follow(stage: Stage): Promise<void>;
  /** What is there in the end; undefined: the same as without it. */
  readonly end: ((story: Story) => TreeState) | undefined;
}

/** Deletions that wait for their finalizer, and what follows them; milliseconds. */
const GONE_MS = 120_000;

const nothing = async (): Promise<void> => Promise.resolve();

export const DEEDS: Readonly<Record<DeedName, Deed>> = {
  Delete: { act: remove, follow: nothing, end: () => 'Absent' },
  Recreate: {
    act: remove,
    follow: async (stage) => {
      await untilGone(stage);
      await createPlugin(stage);
      await requestLook(stage, 'made again');
    },
    end: newest,
  },
  /** Another object of that name, while the controller knows the one before. */
  Replace: {
    act: async (stage) => {
      await remove(stage);
      await letGo(stage);
      await untilGone(stage);
      await createPlugin(stage);
    },
    follow: async (stage) => requestLook(stage, 'in its place'),
    end: newest,
  },
  Lose: {
    act: async ({ place }) => place.lose(),
    follow: async (stage) => {
      await stage.place.restore();
      await requestLook(stage, 'found again');
    },
    end: undefined,
  },
};

/** Whether it makes sense there: what is being deleted cannot be deleted, a container that is gone needs no clean-up. */
export function isPossible(
  deed: DeedName,
  { story, isContainer }: { story: Story; isContainer: boolean },
): boolean {
  // Whatever takes its place fails there, too.
  if (story.name === 'bad restart') return deed === 'Delete' || deed === 'Lose';
  if (story.name !== 'delete') return true;
  return deed !== 'Delete' && (deed !== 'Lose' || !isContainer);
}

/**
 * What the branch is at, that the new object follows by itself and without a check, whatever the one before it made of
 * that: as it is asked for a full look, and not as a poll of before has it.
 */
function newest({ name, before, states }: Story): VersionName {
  return ASKING.has(name) || before.includes('v2') || states.includes('v2') ? 'v2' : 'v1';
}

/** The stories that end with a question about the second version, or with its dismissal. */
const ASKING: ReadonlySet<string> = new Set(['ask', 'dismiss', 'prune']);

async function remove({ bed, namespace }: Stage): Promise<void> {
  const what = ['delete', 'workspaceplugin', PLUGIN, '--wait=false', '--ignore-not-found'];
  await kubectl(bed.controlPlane, ['-n', namespace, ...what]);
}

/** As somebody does who has lost patience. */
async function letGo({ bed, namespace }: Stage): Promise<void> {
  const { plugin } = await readObjects(bed.kube, namespace);
  if (plugin === undefined) return;
  const request = { patch: { metadata: { finalizers: null } }, signal: AbortSignal.timeout(30_000) };
  await bed.kube.patch(WORKSPACE_PLUGIN, { namespace, name: PLUGIN }, request);
}

async function untilGone({ bed, namespace }: Stage): Promise<void> {
  const isGone = async (): Promise<boolean> => (await readObjects(bed.kube, namespace)).plugin === undefined;
  await waitFor('the object to be gone', isGone, GONE_MS);
}
