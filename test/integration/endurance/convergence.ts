// Whether the world is as declared, and stays so without a write.
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import type { WorkspacePlugin } from '../../../controller/api/workspace-plugin.ts';
import type { Workspace } from '../../../controller/api/workspace.ts';
import { waitFor } from '../../support/wait-for.ts';
import { kubectl } from '../support/kubectl.ts';
import { pluginFiles } from '../stories/plugins.ts';
import { expectInstalled } from '../stories/tree.ts';
import { countByCode, countWrites } from '../stories/writes.ts';
import { PLUGINS, type Parts } from './parts.ts';

/** From the moment at which the last part is back; milliseconds. */
export const CONVERGED_MS = 60_000;

/** The counts of a Workspace follow its plugins by two seconds, and an event its cause. */
const QUIET_MS = 3_000;

/** An API server that has just begun asks its clients to come again after five seconds; what was to be written then comes. */
const BEGUN_MS = 7_000;

const KINDS = ['workspaceplugins', 'workspaces', 'events'] as const;

type Kept = WorkspacePlugin | Workspace;

type Whereabouts = Pick<Parts, 'controlPlane'>;

/** All objects of our kinds. */
export async function readAll(parts: Whereabouts): Promise<readonly Kept[]> {
  const text = await kubectl(parts.controlPlane, ['get', 'ws,wsp', '-o', 'json', '--request-timeout=5s']);
  return (JSON.parse(text) as { items: readonly Kept[] }).items;
}

/** Waits until every plugin is at this version, and everything says that all is well. @throws Error with what is not */
export async function untilConverged(parts: Parts, version: string, revision: string): Promise<void> {
  let last: readonly Kept[] = [];
  try {
    await waitFor(
      'everything to be as declared',
      async () => {
        last = await readAll(parts);
        for (const object of last) expectWell(object, revision, { Drifted: 'False' });
        for (const plugin of PLUGINS) {
          expectInstalled(await parts.tree(plugin), pluginFiles(version), { revision });
        }
        return true;
      },
      CONVERGED_MS,
    );
  } catch (error) {
    const states = last.map(({ kind, metadata, status }) => [kind, metadata.name, status]);
    const cause = error instanceof Error ? String(error.cause) : '';
    throw new Error(`${String(error)}: ${cause}; it was ${JSON.stringify(states)}`, { cause: error });
  }
}

/** @param more conditions of a plugin, beside those that every one must have */
export function expectWell(
  { kind, metadata, status }: Kept,
  revision: string,
  more: Readonly<Record<string, string>>,
): void {
  const said = Object.fromEntries((status?.conditions ?? []).map((one) => [one.type, one.status]));
  const plugin = { Applied: 'True', Intact: 'True', SourceReady: 'True', ...more };
  const wanted = { Ready: 'True', Reconciling: 'False', Stalled: 'False' };
  expect(said, metadata.name).to.include(kind === 'Workspace' ? wanted : { ...wanted, ...plugin });
  expect(status?.observedGeneration, metadata.name).to.equal(metadata.generation);
  if (status !== undefined && 'installed' in status) {
    expect(status.installed.revision, metadata.name).to.equal(revision);
  }
}

/** Asks every plugin for a visit, `visits` times, and expects one write for the question and one for the answer, no more. */
export async function expectQuietVisits(
  parts: Whereabouts,
  visits: number,
  plugins: number = PLUGINS.length,
): Promise<void> {
  await untilQuiet(parts);
  const [before, objects] = [await writesOf(parts), await readAll(parts)];
  for (let visit = 1; visit <= visits; visit += 1) await visitAll(parts, `visit-${visit}`);
  await delay(QUIET_MS);
  expectUnchanged(objects, await readAll(parts));
  const after = await writesOf(parts);
  const made = KINDS.map((kind, index) => [kind, (after[index] ?? 0) - (before[index] ?? 0)]);
  const codes = [...(await countByCode(parts.controlPlane, KINDS[0]))].join('; ');
  expect(Object.fromEntries(made), `by their answers since the start: ${codes}`).to.deep.equal({
    workspaceplugins: 2 * plugins * visits,
    workspaces: 0,
    events: 0,
  });
}

/** @throws Error with every status that is another now, the answer to the request aside */
function expectUnchanged(before: readonly Kept[], after: readonly Kept[]): void {
  const states = ({ kind, metadata, status }: Kept): string =>
    `${kind} ${metadata.name}: ${JSON.stringify({ ...status, lastHandledReconcileAt: undefined })}`;
  const known = before.map(states);
  const changed = after.map(states).filter((state) => !known.includes(state));
  if (changed.length > 0)
    throw new Error(`the visits changed ${changed.join('\n')}\nfrom ${known.join('\n')}`);
}

async function visitAll(parts: Whereabouts, request: string): Promise<void> {
  const annotation = `reconcile.plugins.molecule.ai/requestedAt=${request}`;
  await kubectl(parts.controlPlane, ['annotate', 'wsp', '--all', '--overwrite', annotation]);
  await waitFor('the visits', async () => {
    const plugins = (await readAll(parts)).filter(({ kind }) => kind === 'WorkspacePlugin');
    return plugins.every(({ status }) => status?.lastHandledReconcileAt === request);
  });
}

async function untilQuiet(parts: Whereabouts): Promise<void> {
  await waitFor('writes to end', async () => {
    const before = await writesOf(parts);
    await delay(BEGUN_MS);
    return (await writesOf(parts)).every((count, index) => count === before[index]);
  });
}

function writesOf({ controlPlane }: Whereabouts): Promise<readonly number[]> {
  return Promise.all(KINDS.map((kind) => countWrites(controlPlane, kind)));
}
