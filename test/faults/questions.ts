// What people answer in the stories: the question that waits, and many before it.
import { API_VERSION, PLUGIN_UPDATE, WORKSPACE_PLUGIN } from '../../controller/api/group.ts';
import type { PluginUpdate } from '../../controller/api/plugin-update.ts';
import { KEPT } from '../../controller/plugin-update/decide.ts';
import { waitFor } from '../support/wait-for.ts';
import type { Stage } from './stories.ts';
import { PLUGIN, readObjects } from './world.ts';

/** By then the controller has asked; milliseconds. */
const QUESTION_MS = 120_000;

export async function untilAsked(stage: Stage): Promise<void> {
  await waitFor('the question', () => pendingIn(stage) !== undefined, QUESTION_MS);
}

/** Somebody answers the question that waits. */
export async function decide(stage: Stage, decision: 'Approved' | 'Dismissed'): Promise<void> {
  const { name = '' } = pendingIn(stage)?.metadata ?? {};
  await answer(stage, name, decision);
}

async function answer(
  { bed, namespace }: Stage,
  name: string,
  decision: 'Approved' | 'Dismissed',
): Promise<void> {
  const request = { patch: { spec: { decision, decidedBy: 'jane' } }, signal: AbortSignal.timeout(30_000) };
  await bed.kube.patch(PLUGIN_UPDATE, { namespace, name }, request);
}

/** So many questions are over that nobody may ask any more, and were answered too late. */
export async function decideLongAgo(stage: Stage): Promise<void> {
  const { bed, namespace } = stage;
  const { plugin } = await readObjects(bed.kube, namespace);
  const owner = { apiVersion: API_VERSION, kind: WORKSPACE_PLUGIN.kind, name: PLUGIN, controller: true };
  const names = Array.from({ length: KEPT }, (_, index) => `${PLUGIN}-${String(index).padStart(10, '0')}`);
  for (const [index, name] of names.entries()) {
    const metadata = { name, ownerReferences: [{ ...owner, uid: plugin?.metadata.uid }] };
    const spec = { pluginRef: { name: PLUGIN }, toRevision: String(index).repeat(40), ref: 'branch:stable' };
    await bed.kube.create(PLUGIN_UPDATE, namespace, { metadata, spec }, AbortSignal.timeout(30_000));
  }
  const areAll = (isSo: (update: PluginUpdate) => boolean) => () =>
    bed.objects.in(namespace).updates.filter(isSo).length === KEPT;
  await waitFor(
    'them to be over',
    areAll(({ status }) => status?.phase === 'Superseded'),
    QUESTION_MS,
  );
  for (const name of names) await answer(stage, name, 'Dismissed');
  const isRefused = ({ status }: PluginUpdate): boolean =>
    status?.conditions?.some(({ reason }) => reason === 'DecisionRefused') === true;
  await waitFor('their answers to be refused', areAll(isRefused), QUESTION_MS);
}

function pendingIn({ bed, namespace }: Stage): PluginUpdate | undefined {
  return bed.objects.in(namespace).updates.find(({ status }) => status?.phase === 'Pending');
}
