// Many updates that wait for a person: what it costs to ask, and to do what is approved all at once.
import { join } from 'node:path';
import pLimit from 'p-limit';
import { PLUGIN_UPDATE } from '../../controller/api/group.ts';
import type { PluginUpdate } from '../../controller/api/plugin-update.ts';
import { ADMIN } from '../../lib/embedded/credentials.ts';
import { kubectl } from '../integration/support/kubectl.ts';
import { say } from '../support/table.ts';
import { waitFor } from '../support/wait-for.ts';
import type { Bed } from './bed.ts';
import { countsBetween, readCounts, untilQuiet, type Counts } from './counts.ts';
import { latenciesOf, showLatencies, showMiB, showMs } from './figures.ts';
import { Fleet } from './fleet.ts';
import { limitResult, type Result } from './result.ts';

/** As many as one who approves sends at once. */
const APPROVALS_AT_ONCE = 16;
const REQUEST_MS = 60_000;
/** A whole fleet is asked about, or done, within this. */
const ALL_MS = 900_000;
const PAGE = 500;

/** What the Deployment of `manifests/base` grants. */
const MEMORY_LIMIT = { value: 512 * 1024 * 1024, shown: '512 MiB' };

/** Who may decide, and how: in force as in a cluster. */
const DECISIONS = join(import.meta.dirname, '..', '..', 'manifests', 'base', 'decisions.yaml');

export async function measureApprovals(bed: Bed, workspaces: number): Promise<readonly Result[]> {
  await using fleet = await Fleet.open(bed, {
    ...{ name: 'approvals', kind: 'directory', workspaces, approval: 'Manual' },
  });
  const section = `approvals, ${fleet.size}`;
  await fleet.commit('1.0.0');
  await kubectl(bed.controlPlane, ['apply', '-f', DECISIONS]);
  const product = await fleet.start();
  await fleet.apply();
  await untilQuiet(bed);

  say(`${section}: ask`);
  const before = await readCounts(bed, product);
  await fleet.commit('1.1.0');
  const start = performance.now();
  await fleet.announce('1.1.0');
  const pending = await waitFor('all questions', () => allIn(bed, fleet, 'Pending'), ALL_MS);
  const askedMs = performance.now() - start;
  await untilQuiet(bed);
  const asked = await readCounts(bed, product);

  say(`${section}: approve`);
  const limit = pLimit(APPROVALS_AT_ONCE);
  const course = await fleet.course(() =>
    Promise.all(pending.map((update) => limit(() => approve(bed, update)))),
  );
  await waitFor('all answers', () => allIn(bed, fleet, 'Applied'), ALL_MS);
  await untilQuiet(bed);
  const done = await readCounts(bed, product);
  const { mostBytes } = await product.memory();
  await product.stop();

  const latencies = latenciesOf(course.eachMs);
  const answer = `${showMs(course.totalMs)}; ${showLatencies(latencies)}`;
  const [asking, answering] = [countsBetween(before, asked), countsBetween(asked, done)];
  return [
    limitResult({ section, what: 'push → all asked', figure: showMs(askedMs), raw: {} }, askedMs),
    // The push is one annotation, which is answered once.
    ...costsOf({ section, what: 'question', besides: 2, ofUpdates: 2 }, asking, fleet),
    limitResult({ section, what: 'approved → all have it', figure: answer, raw: {} }, course.totalMs),
    ...costsOf({ section, what: 'approval', besides: 0, ofUpdates: 3 }, answering, fleet),
    limitResult(
      { section, what: 'memory, at its most', figure: showMiB(mostBytes), raw: { mostBytes } },
      mostBytes,
      MEMORY_LIMIT,
    ),
  ];
}

/** Undefined until every plugin has an update that is so far. */
async function allIn(
  { kube }: Bed,
  { namespace, size }: Fleet,
  phase: string,
): Promise<readonly PluginUpdate[] | undefined> {
  const updates: PluginUpdate[] = [];
  let next: string | undefined;
  do {
    const signal = AbortSignal.timeout(REQUEST_MS);
    const page = await kube.list(PLUGIN_UPDATE, {
      ...{ namespace, limit: PAGE, signal },
      ...(next === undefined ? {} : { next }),
    });
    updates.push(...page.items.filter(({ status }) => status?.phase === phase));
    next = page.next;
  } while (next !== undefined);
  return updates.length === size ? updates : undefined;
}

async function approve({ kube }: Bed, { metadata: { namespace, name } }: PluginUpdate): Promise<void> {
  const patch = { spec: { decision: 'Approved', decidedBy: ADMIN.name } };
  await kube.patch(PLUGIN_UPDATE, { namespace, name }, { patch, signal: AbortSignal.timeout(REQUEST_MS) });
}

interface Cost {
  readonly section: string;
  readonly what: string;
  /** Writes of plugins in all that are those of the push. */
  readonly besides: number;
  /** The most writes of a PluginUpdate: it is made and reported; it is approved, under way, and done. */
  readonly ofUpdates: number;
}

/** The writes of those who approve are among those of PluginUpdates: one each. */
function costsOf({ section, what, besides, ofUpdates }: Cost, counts: Counts, { size }: Fleet): Result[] {
  const [ofStatus, ofUpdate, events] = [counts.workspaceplugins, counts.pluginupdates, counts.events].map(
    (count) => count / size,
  ) as [number, number, number];
  const figure = `${ofStatus.toFixed(2)} writes and ${events.toFixed(2)} Events a plugin`;
  const status = { section, what: `${what}: status of the plugin`, figure, raw: { counts } };
  const update = { section, what: `${what}: its PluginUpdate`, figure: `${ofUpdate.toFixed(2)} writes` };
  return [
    limitResult(status, ofStatus, { value: 1 + besides / size, shown: '1 write' }),
    limitResult({ ...update, raw: {} }, ofUpdate, { value: ofUpdates, shown: `${ofUpdates} writes` }),
  ];
}
