// How long something must wait that would be installed by itself: `minimumAge` and `windows`, pure.
import { parseDuration } from '../../api/duration.ts';
import type { WorkspacePlugin } from '../../api/workspace-plugin.ts';
import { toSeconds } from '../../../lib/reconcile/conditions.ts';
import { nextOpening } from '../../../lib/reconcile/window.ts';
import type { Candidate } from '../observed.ts';

export interface Wait {
  /** Undefined after a failure: it may be installed, and is, once the pause is over. */
  readonly reason: 'AwaitingAge' | 'AwaitingWindow' | undefined;
  /** When it is over; undefined where the spec must be mended first. */
  readonly until: Date | undefined;
  /** The rule and the time, to follow what waits. */
  readonly message: string;
}

/** Why this may not be installed by itself at this moment; undefined when it may. What a person approves never waits. */
export function waitOf(object: WorkspacePlugin, candidate: Candidate, now: Date): Wait | undefined {
  const { minimumAge } = object.spec.update;
  const ripe = new Date(firstSeen(object, candidate, now).getTime() + parseDuration(minimumAge));
  const isYoung = ripe > now;
  const opening = nextOpening(windowsOf(object), isYoung ? ripe : now);
  if (!opening.ok) {
    return { reason: 'AwaitingWindow', until: undefined, message: `spec.update.${opening.problem}` };
  }
  const until = opening.time;
  const opens = `the next of spec.update.windows opens at ${toSeconds(until)}`;
  if (!isYoung) return until > now ? { reason: 'AwaitingWindow', until, message: opens } : undefined;
  const age = `it must have been seen for ${minimumAge} (spec.update.minimumAge), until ${toSeconds(ripe)}`;
  return { reason: 'AwaitingAge', until, message: until > ripe ? `${age}; ${opens}` : age };
}

/** What is wrong with the windows where something may have to wait for them, and what to do; undefined when nothing is. */
export function windowProblem(object: WorkspacePlugin, now: Date): string | undefined {
  const { approval, initialInstall } = object.spec.update;
  const automatic = object.status?.approved === undefined ? initialInstall : approval;
  const opening = automatic === 'Automatic' ? nextOpening(windowsOf(object), now) : undefined;
  return opening?.ok === false
    ? `spec.update.${opening.problem}: correct it, nothing is installed by itself until then`
    : undefined;
}

/** To the second, as it is recorded. Content counts: a later revision with the same content is no newer. */
function firstSeen({ status }: WorkspacePlugin, { revision, digest }: Candidate, now: Date): Date {
  const seen = [status?.available].find((known) => known?.revision === revision || known?.digest === digest);
  return new Date(seen?.firstSeenTime ?? toSeconds(now));
}

function windowsOf({ spec }: WorkspacePlugin) {
  return (spec.update.windows ?? []).map(({ schedule, duration, timeZone }) => ({
    schedule,
    durationMs: parseDuration(duration),
    timeZone,
  }));
}
