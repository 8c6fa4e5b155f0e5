// What a fleet's controller did, counted by others: the API server, the git server, and its own log.
import { setTimeout as delay } from 'node:timers/promises';
import { countWrites } from '../integration/stories/writes.ts';
import { waitFor } from '../support/wait-for.ts';
import type { Bed } from './bed.ts';
import type { Product } from './product.ts';

const KINDS = ['workspaceplugins', 'workspaces', 'events', 'pluginupdates'] as const;

/** Writes by kind, whoever sent them; commands in workspaces; requests upstream. */
export interface Counts {
  readonly workspaceplugins: number;
  readonly workspaces: number;
  readonly events: number;
  readonly pluginupdates: number;
  readonly looks: number;
  readonly changes: number;
  readonly others: number;
  readonly questions: number;
  readonly fetches: number;
}

/** The counts in a Workspace follow its plugins by two seconds, and events come one after the other. */
const QUIET_MS = 2_500;
const SETTLE_MS = 300_000;

export async function readCounts({ controlPlane, git }: Bed, product: Product): Promise<Counts> {
  const { looks, changes, others } = await product.work();
  const [workspaceplugins = 0, workspaces = 0, events = 0, pluginupdates = 0] = await Promise.all(
    KINDS.map((kind) => countWrites(controlPlane, kind)),
  );
  const { lsRefs: questions, fetch: fetches } = git.requests;
  const written = { workspaceplugins, workspaces, events, pluginupdates };
  return { ...written, looks, changes, others, questions, fetches };
}

/** Resolves once nobody writes any more. */
export async function untilQuiet({ controlPlane }: Bed): Promise<void> {
  let last = '';
  await waitFor(
    'the writes to end',
    async () => {
      const before = last;
      last = JSON.stringify(await Promise.all(KINDS.map((kind) => countWrites(controlPlane, kind))));
      if (before !== last) await delay(QUIET_MS);
      return before === last;
    },
    SETTLE_MS,
  );
}

export function countsBetween(before: Counts, after: Counts): Counts {
  return {
    workspaceplugins: after.workspaceplugins - before.workspaceplugins,
    workspaces: after.workspaces - before.workspaces,
    events: after.events - before.events,
    pluginupdates: after.pluginupdates - before.pluginupdates,
    looks: after.looks - before.looks,
    changes: after.changes - before.changes,
    others: after.others - before.others,
    questions: after.questions - before.questions,
    fetches: after.fetches - before.fetches,
  };
}
