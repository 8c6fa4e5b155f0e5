// How long a session waits for company before its next command, so that what is asked at about the same time shares one.
import type { Memory } from './memory.ts';
import type { Round } from './round.ts';

/** Who waits for the next command. */
export interface Company {
  /** Looks at plugins that were never seen here, and lists of what is here for the first time. */
  readonly firstLooks: number;
  /** Those among them. */
  readonly looks: number;
  readonly changes: number;
  /** Plugins that were found missing a moment ago and that nobody has asked to change yet: their installs are about to come. */
  readonly missing: number;
  /** There is nobody more to come. */
  readonly isWhole: boolean;
}

/** A plugin that was found missing this long ago or less is about to be installed; milliseconds. */
const MISSING_MS = 5_000;

export function companyOf({ looks, lists, changes }: Round, memory: Memory, now: Date): Company {
  const changing = new Set(changes.map(({ operation }) => operation.request.plugin));
  const unlisted = memory.listing === undefined ? lists.length : 0;
  const since = new Date(now.getTime() - MISSING_MS);
  return {
    firstLooks: looks.filter(({ plugin }) => memory.look(plugin) === undefined).length + unlisted,
    looks: looks.length + unlisted,
    changes: changes.length,
    missing: memory.missing(since).filter((plugin) => !changing.has(plugin)).length,
    isWhole: isWhole(changes, memory),
  };
}

/** All plugins that are known here are to be changed, and none for the first time, when others may be about to come. */
export function isWhole(changes: Round['changes'], memory: Memory): boolean {
  const plugins = [...memory.plugins];
  if (changes.length === 0 || changes.length < plugins.length) return false;
  const changing = new Set(changes.map(({ operation }) => operation.request.plugin));
  return plugins.every((plugin) => changing.has(plugin) && isThere(plugin, memory));
}

function isThere(plugin: string, memory: Memory): boolean {
  const look = memory.look(plugin);
  return look !== undefined && look.plugin.state !== 'Absent';
}

/**
 * What one `kubectl apply` declares arrives over some hundred milliseconds, and an agent should see one change of it: so
 * looks and changes wait for more as long as more keep coming, and a change that has company already waits longer.
 */
const LOOK_COMPANY_MS = 50;
const CHANGE_COMPANY_MS = 100;
const CROWD_COMPANY_MS = 300;
const LONGEST_COMPANY_MS = 2_000;

/** Not longer for what is missing: it may be waiting for its source, or for somebody's approval. */
const MISSING_COMPANY_MS = 1_000;

/**
 * Milliseconds to wait before asking again; 0: begin.
 * @param last who waited when this was asked before in the same round; undefined the first time
 * @param late the round before had several changes, of which some may be late
 */
export function pauseMs(
  now: Company,
  { last, waitedMs, late }: { last: Company | undefined; waitedMs: number; late: boolean },
): number {
  const count = now.looks + now.changes;
  const hasGrown = last === undefined ? count > 0 : count !== last.looks + last.changes;
  if (now.isWhole || waitedMs >= LONGEST_COMPANY_MS) return 0;
  // A look alone, of what is known, is quick: it holds up no change.
  if (now.changes === 0) return hasGrown && now.firstLooks > 0 ? LOOK_COMPANY_MS : 0;
  const isExpected = now.missing > 0 && waitedMs < MISSING_COMPANY_MS;
  if (!hasGrown && !isExpected) return 0;
  return late || count > 1 ? CROWD_COMPANY_MS : CHANGE_COMPANY_MS;
}
