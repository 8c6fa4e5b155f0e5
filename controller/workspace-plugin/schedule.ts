// When a WorkspacePlugin is due: pure arithmetic over its intervals, the same for all who share a repository.
import { parseDuration } from '../api/duration.ts';
import type { WorkspacePlugin } from '../api/workspace-plugin.ts';
import { heldBack } from './decide.ts';
import { questionOf, type Observed } from './observed.ts';

/** A look is repeated when it is this old; a little less than the interval, so that plugins of one workspace share it. */
export function lookMaxAgeMs(object: WorkspacePlugin): number {
  return parseDuration(object.spec.integrity.interval) * 0.95;
}

/**
 * The interval with a jitter of ±10 % that depends on the repository alone: repositories are spread over time,
 * while all objects that follow one repository ask at the same moment and share the answer.
 */
export function pollMaxAgeMs(object: WorkspacePlugin): number {
  const share = hash(questionOf(object).url) / 2 ** 32;
  return Math.round(parseDuration(object.spec.source.interval) * (0.9 + 0.2 * share));
}

/** Milliseconds until something is due again: the next look, the next question upstream, or what waits for its time. */
export function nextVisitMs(observed: Observed, now: Date): number {
  const { object, place, upstream } = observed;
  const due: number[] = [parseDuration(object.spec.integrity.interval)];
  if (place.state === 'Reached') {
    due.push(place.look.time.getTime() + parseDuration(object.spec.integrity.interval) - now.getTime());
  }
  if (upstream !== undefined && !object.spec.track.startsWith('sha:')) {
    const answered = upstream.ok ? (upstream.value.time ?? now) : now;
    due.push(answered.getTime() + pollMaxAgeMs(object) - now.getTime());
  }
  const until = heldBack(observed)?.until;
  if (until !== undefined) due.push(until.getTime() - now.getTime());
  return Math.max(MIN_DELAY_MS, Math.min(...due));
}

const MIN_DELAY_MS = 10;

/** FNV-1a, 32 bits: spreads names evenly; not for security. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const character of text) {
    value = Math.imul(value ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  }
  return value;
}
