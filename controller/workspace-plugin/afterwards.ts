// The world after a visit: what was observed, brought up to date with what was done.
import type { WorkspacePlugin, WorkspacePluginStatus } from '../api/workspace-plugin.ts';
import type { Failure } from '../../lib/errors.ts';
import { toSeconds } from '../../lib/reconcile/conditions.ts';
import type { LookedPlugin } from '../../lib/target/target.ts';
import type { Acted } from './act.ts';
import { isDrifted, type Plan } from './decide.ts';
import { isAnswered, questionOf, short, unansweredReset, type Observed } from './observed.ts';
import { rejectionsOf, withoutContent, withRejection, type Rejection } from './rules/rejected.ts';

/** `object.status` holds what is approved, installed and kept now; its conditions and `available` are those from before. */
export interface After extends Observed {
  /** Why the plan failed; undefined where it did not. */
  readonly failed: Failure | undefined;
}

export interface Visit {
  readonly observed: Observed;
  readonly plan: Plan;
  readonly acted: Acted;
}

type Status = WorkspacePluginStatus;

export function afterwards({ observed, plan, acted }: Visit, now: Date): After {
  const { change } = acted;
  const object = acted.object ?? observed.object;
  const place = change?.ok === true ? { state: 'Reached' as const, look: change.value.look } : observed.place;
  const approved = approval({ observed, plan, acted }, now);
  const status = { ...seen(object, place), ...approved, ...rejections(object, plan, approved, now) };
  const isOpen = !isAnswered({ ...object, status });
  return {
    ...observed,
    // What became of a question does not matter once it is answered, maybe otherwise: by what was found.
    wanted: isOpen ? observed.wanted : undefined,
    place,
    object: { ...object, status },
    failed: change?.ok === false ? change.failure : undefined,
  };
}

/** A candidate becomes approved once it is in place. */
function approval({ plan, acted, observed }: Visit, now: Date): Pick<Status, 'approved'> {
  const approves =
    plan.kind === 'Approve' || (plan.kind === 'Install' && plan.approves && acted.change?.ok === true);
  if (!approves) return named(observed.object.status?.approved, observed);
  const { revision, digest, ref, time } = plan.target;
  const { path, ...question } = questionOf(observed.object);
  return named(
    {
      ...{ revision, digest, ...question },
      ...(path === '' ? {} : { path }),
      ...(time === undefined ? {} : { resolvedRef: ref }),
      time: toSeconds(now),
    },
    observed,
  );
}

/** While the tracked ref still has the approved revision, the record says by which name: a tag that moves is told by it. */
function named(approved: Status['approved'], { upstream }: Observed): Pick<Status, 'approved'> {
  if (approved === undefined) return {};
  if (upstream?.ok !== true || upstream.value.revision !== approved.revision) return { approved };
  return { approved: { ...approved, resolvedRef: upstream.value.ref } };
}

/** A reset is answered by this visit; what was rejected until now is so no longer once it is approved. */
function rejections(
  object: WorkspacePlugin,
  plan: Plan,
  { approved }: Pick<Status, 'approved'>,
  now: Date,
): Pick<Status, 'rejected' | 'lastHandledResetAt'> {
  const reset = unansweredReset(object);
  const known = rejectionsOf(object);
  const kept = approved === undefined ? known : withoutContent(known, approved);
  const rejected = plan.kind === 'Reject' ? withRejection(kept, rejectionBy(plan, object, now)) : kept;
  return {
    ...(rejected.length === 0 ? {} : { rejected }),
    ...(reset === undefined ? {} : { lastHandledResetAt: reset }),
  };
}

function rejectionBy(
  { target: { revision, digest }, reason, message }: Plan & { kind: 'Reject' },
  { metadata }: WorkspacePlugin,
  now: Date,
): Rejection {
  const observedGeneration = metadata.generation;
  return { revision, digest, reason, message, time: toSeconds(now), observedGeneration };
}

/** The status with what the workspace holds, or as it was last seen where it cannot be reached; rejections left out. */
function seen(object: WorkspacePlugin, place: Observed['place']): Status {
  const { rejected, ...status } = object.status ?? {};
  if (place.state !== 'Reached') return status;
  const { installed: before, ...rest } = status;
  const { plugin } = place.look;
  const installed = installedOf(plugin);
  const previous = plugin.snapshots
    .flatMap(({ stamp, marker, digest }) =>
      marker !== undefined && marker.digest === digest ? [{ revision: marker.revision, digest, stamp }] : [],
    )
    .slice(0, PREVIOUS_LIMIT);
  return { ...rest, ...(installed === undefined ? {} : { installed }), previous };
}

/** As many as the schema takes; an agent may plant more. */
const PREVIOUS_LIMIT = 20;

/** Only a marker that speaks of the manifest beside it says what is installed. */
function installedOf({ state, marker, manifestDigest }: LookedPlugin): Status['installed'] {
  if (marker === undefined || (state !== 'Marked' && state !== 'MountPoint')) return undefined;
  if (marker.digest !== manifestDigest) return undefined;
  const { revision, digest, version, time } = marker;
  return { revision, short: short(revision), digest, version, time };
}

/** The newest revision with other content than the installed one, or the installed one. */
export function availableOf(after: After, now: Date): Pick<Status, 'available'> {
  const { upstream, object } = after;
  const approved = object.status?.approved;
  const before = object.status?.available;
  if (upstream?.ok !== true || approved === undefined) {
    return before === undefined || upstream === undefined ? pinned(after, now) : { available: before };
  }
  const revision = isDrifted(after) ? upstream.value.revision : approved.revision;
  if (before?.revision === revision) return { available: before };
  const { ref } = upstream.value;
  return { available: { revision, short: short(revision), ref, firstSeenTime: toSeconds(now) } };
}

/** Where nothing is tracked, what is approved is all there is. */
function pinned({ object }: After, now: Date): Pick<Status, 'available'> {
  const approved = object.status?.approved;
  if (approved === undefined) return {};
  const { revision, ref: asked, resolvedRef: ref = asked } = approved;
  const before = object.status?.available;
  if (before?.revision === revision) return { available: before };
  return { available: { revision, short: short(revision), ref, firstSeenTime: toSeconds(now) } };
}
