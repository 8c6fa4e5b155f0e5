// How long what is newer must wait after what was tried has failed, so that bad releases in a row do not keep an agent busy.
import { parseDuration } from '../../api/duration.ts';
import type { WorkspacePlugin } from '../../api/workspace-plugin.ts';
import { toSeconds } from '../../../lib/reconcile/conditions.ts';
import { unansweredRequest } from '../observed.ts';
import { isOfWish, rejectionsOf } from './rejected.ts';
import type { Wait } from './waiting.ts';

/**
 * Undefined when nothing must wait: first for `source.retryInterval`, doubling with each failure since the last approval
 * up to `source.interval`. An edit of what the spec asks for, or a request to look now, ends the pause.
 */
export function pauseOf(object: WorkspacePlugin, now: Date): Wait | undefined {
  const failures = failuresOf(object);
  const last = failures[0];
  if (last === undefined || unansweredRequest(object) !== undefined) return undefined;
  const { retryInterval, interval } = object.spec.source;
  const baseMs = parseDuration(retryInterval);
  const pauseMs = Math.min(baseMs * 2 ** (failures.length - 1), Math.max(baseMs, parseDuration(interval)));
  const until = new Date(Date.parse(last.time) + pauseMs);
  if (until <= now) return undefined;
  const what = failures.length === 1 ? 'the one before failed' : `${failures.length} before it failed`;
  return { reason: undefined, until, message: `${what}, so it is tried at ${toSeconds(until)}` };
}

/** The latest first. Before anything is approved, an edit of what the spec asks for is a new beginning. */
function failuresOf(object: WorkspacePlugin) {
  const approved = object.status?.approved;
  return rejectionsOf(object).filter(
    (rejection) =>
      rejection.reason === 'Quarantined' &&
      (approved === undefined ? isOfWish(rejection, object) : rejection.time >= approved.time),
  );
}
