// Which disturbances of single boundaries are met in a state of their own: a run of minutes leaves out what only repeats them.
import type { Fault } from './boundaries.ts';
import type { Case } from './case.ts';
import { isOutside } from './story-rows.ts';

/** They change nothing that anybody goes by: what comes after such a call is what came before it. */
const READS =
  /^(kube\.((get|list) |(create|patch) events$)|runtime\.(probe$|run look$)|source\.(resolve|fetch)$)/;

/** What a container does otherwise than a directory: commands of each sort, and its restart. */
const IN_CONTAINERS: ReadonlySet<string> = new Set([
  'install',
  'update',
  'restart',
  'repair',
  'delete',
  'bad update',
]);

/** @param cases of single boundaries, all in one kind of place */
export function distinct(cases: readonly Case[]): readonly Case[] {
  const seen = new Set<string>();
  return cases.filter((one) => {
    const keys = one.faults.map((fault) => keyOf(one, fault));
    const isNew = keys.every((key) => key !== undefined && !seen.has(key));
    for (const key of keys) if (key !== undefined) seen.add(key);
    return isNew;
  });
}

/** Equal for disturbances that find the same; undefined for one that another place or moment stands for. */
function keyOf({ story, place }: Case, fault: Fault): string | undefined {
  const { name, occurrence, disturbance } = fault;
  // The API server, upstream and the controller's own files do not know what kind of workspace it is about.
  if (place !== 'directory' && !(name.startsWith('runtime.') && IN_CONTAINERS.has(story.name)))
    return undefined;
  const what = `${name} ${JSON.stringify(disturbance)}`;
  switch (disturbance.kind) {
    // How an error is taken depends on the call, not on what called it.
    case 'Fail':
    case 'Late':
      return what;
    case 'KillBefore':
      if (!isOutside(fault)) return `${what} ${occurrence}`;
      // Before a change all is as after the one before it: of those only the first has a state of its own.
      return READS.test(name) ? `${story.name} ${what}` : `${story.name} KillBefore`;
    case 'KillAfter':
    case 'LoseReply':
      if (!isOutside(fault)) return `${what} ${occurrence}`;
      if (!READS.test(name)) return `${story.name} ${what} ${occurrence}`;
      return disturbance.kind === 'KillAfter' ? undefined : `${story.name} ${what}`;
    // At random moments, of which more are no news.
    case 'KillInTransfer':
    case 'KillWhileRunning':
    case 'KillCommand':
      return READS.test(name) || occurrence > 1 ? undefined : `${story.name} ${name} ${disturbance.kind}`;
    case 'Stop':
    case 'Partition':
    case 'Hold':
      return `${story.name} ${what} ${occurrence}`;
  }
}
