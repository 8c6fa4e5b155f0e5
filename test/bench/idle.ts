// A settled fleet left alone for some intervals: what does it cost to find nothing?
import { setTimeout as delay } from 'node:timers/promises';
import { say } from '../support/table.ts';
import type { Bed } from './bed.ts';
import { countsBetween, readCounts, untilQuiet } from './counts.ts';
import { Fleet } from './fleet.ts';
import type { PlaceKind } from './place.ts';
import { limitResult, type Result } from './result.ts';

const INTERVAL_SECONDS = 5;
const INTERVALS = 6;

export async function measureIdle(bed: Bed, kind: PlaceKind, workspaces: number): Promise<readonly Result[]> {
  const interval = `${INTERVAL_SECONDS}s`;
  const intervals = { look: interval, poll: interval };
  await using fleet = await Fleet.open(bed, { name: `idle-${kind}`, kind, workspaces, intervals });
  const section = `idle, ${kind} ${fleet.size}`;
  await fleet.commit('1.0.0');
  const product = await fleet.start();
  await fleet.apply();
  await untilQuiet(bed);
  say(`${section}: ${INTERVALS} intervals of ${interval}`);
  const before = await readCounts(bed, product);
  await delay(INTERVALS * INTERVAL_SECONDS * 1_000);
  const counts = countsBetween(before, await readCounts(bed, product));
  await product.stop();
  const writes = counts.workspaceplugins + counts.workspaces + counts.events;
  const figure =
    `${writes} writes; an interval: ${(counts.looks / INTERVALS / workspaces).toFixed(2)} looks a workspace, ` +
    `${(counts.questions / INTERVALS).toFixed(2)} questions upstream in all; ${counts.changes + counts.others} changes`;
  const line = { section, what: `${INTERVALS} intervals, nothing new`, figure, raw: { counts } };
  return [limitResult(line, writes + counts.changes + counts.others, { value: 0, shown: '0 writes' })];
}
