// Many updates that wait for a person: what it costs to ask, and to do what is approved all at once.
import pLimit from 'p-limit';
import { PLUGIN_UPDATE } from '../../controller/api/group.ts';
import type { PluginUpdate } from '../../controller/api/plugin-update.ts';
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

export async function measureApprovals(bed: Bed, workspaces: number): Promise<readonly Result[]> {
  await using fleet = await Fleet.open(bed, {
    ...{ name: 'approvals', kind: 'directory', workspaces, approval: 'Manual' },
  });
  const section = `approvals, ${fleet.size}`;
  await fleet.commit('1.0.0');
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
  return [
    costLine({ section, what: 'push → all asked', ms: showMs(askedMs) }, countsBetween(before, asked), fleet),
    costLine(
      {
        section,
        what: 'approved → all have it',
        ms: `${showMs(course.totalMs)}; ${showLatencies(latencies)}`,
      },
      countsBetween(asked, done),
      fleet,
    ),
    limitResult(
      { section, what: 'memory, at its most', figure: showMiB(mostBytes), raw: { mostBytes } },
      mostBytes,
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
  const patch = { spec: { decision: 'Approved', decidedBy: 'bench' } };
  await kube.patch(PLUGIN_UPDATE, { namespace, name }, { patch, signal: AbortSignal.timeout(REQUEST_MS) });
}

/** The writes of those who approve are among those of PluginUpdates: one each. */
function costLine(
  { section, what, ms }: { readonly section: string; readonly what: string; readonly ms: string },
  counts: Counts,
  { size }: Fleet,
): Result {
  const each = (value: number): string => (value / size).toFixed(2);
  const figure =
    `${ms}; a plugin: ${each(counts.workspaceplugins)} writes of its status, ${each(counts.pluginupdates)} of its ` +
    `PluginUpdate, ${each(counts.events)} Events`;
  return limitResult({ section, what, figure, raw: { counts } }, counts.workspaceplugins);
}
