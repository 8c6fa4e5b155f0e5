// The world after a visit: what was observed, brought up to date with what was done.
import type { WorkspacePlugin, WorkspacePluginStatus } from '../api/workspace-plugin.ts';
import type { Failure } from '../../lib/errors.ts';
import { toSeconds } from '../../lib/reconcile/conditions.ts';
import type { LookedPlugin } from '../../lib/target/target.ts';
import { isDrifted, isTagMoved } from './decide.ts';
import { isAnswered, questionOf, short, unansweredReset, type Candidate, type Observed } from './observed.ts';
import { resultOf, standingOf, type Standing, type Verdict, type Visit } from './result.ts';
import { offered, pendingName } from './rules/question.ts';
import {
  rejectionsOf,
  withoutContent,
  withoutOtherWish,
  withRejection,
  type Content,
  type Rejection,
} from './rules/rejected.ts';
import { wishOf } from './rules/wish.ts';

/** `object.status` holds what is approved, installed and kept now; its conditions and `available` are those from before. */
export interface After extends Observed {
  /** Why the plan failed; undefined where it did not. */
  readonly failed: Failure | undefined;
  /** What was found to be no good by this visit. */
  readonly verdict: Verdict | undefined;
  readonly standing: Standing;
  /** Name of the PluginUpdate that waits for a person, or for what was approved to be done. */
  readonly pending: string | undefined;
  /** Why a person could not be asked; undefined where that did not fail. */
  readonly unasked: Failure | undefined;
}

type Status = WorkspacePluginStatus;

export function afterwards(visit: Visit, now: Date): After {
  const { observed, plan, acted, asked } = visit;
  const object = acted.object ?? observed.object;
  const { place, failed, verdict, passed } = resultOf(visit);
  const approved = approval(observed, passed, now);
  const status = {
    ...seen(object, place),
    ...approved,
    ...rejections({ object, ...approved, verdict }, now),
  };
  const isUnanswered = !isAnswered({ ...object, status });
  const questions = openQuestions(observed, approved, verdict);
  return {
    ...observed,
    ...questions,
    pending:
      asked?.ok === true ? asked.value : pendingName({ ...observed, ...questions }, isTagMoved(observed)),
    unasked: asked?.ok === false ? asked.failure : undefined,
    // What became of a question does not matter once it is answered, maybe otherwise: by what was found.
    wanted: isUnanswered ? observed.wanted : undefined,
    place,
    upstream: offered(observed.object, observed.upstream),
    object: { ...object, status },
    failed,
    verdict,
    standing: standingOf({ ...object, status }, place, plan),
  };
}

/** A candidate becomes approved once it has passed. */
function approval(observed: Observed, passed: Candidate | undefined, now: Date): Pick<Status, 'approved'> {
  if (passed === undefined) return named(observed.object.status?.approved, observed);
  const { revision, digest, ref, time } = passed;
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

/** Another revision is approved now, or what was asked about is turned down: then the question is over. */
function openQuestions(
  { object, proposal, asked, answer }: Observed,
  { approved }: Pick<Status, 'approved'>,
  verdict: Verdict | undefined,
): Pick<Observed, 'proposal' | 'asked' | 'answer'> {
  const before = object.status?.approved;
  if (approved?.revision !== before?.revision || approved?.time !== before?.time) return NO_QUESTIONS;
  const isOver = verdict !== undefined && verdict.target.revision === answer?.update.spec.toRevision;
  return isOver ? NO_QUESTIONS : { proposal, asked, answer };
}

const NO_QUESTIONS = { proposal: undefined, asked: undefined, answer: undefined };

/** A reset is answered by this visit; what was rejected until now is so no longer once it is approved. */
function rejections(
  {
    object,
    approved,
    verdict,
  }: { object: WorkspacePlugin; approved?: Content; verdict: Verdict | undefined },
  now: Date,
): Pick<Status, 'rejected' | 'lastHandledResetAt'> {
  const reset = unansweredReset(object);
  const known = rejectionsOf(object).map((rejection) => withoutOtherWish(rejection, object));
  const kept = approved === undefined ? known : withoutContent(known, approved);
  const rejected = verdict === undefined ? kept : withRejection(kept, rejectionBy(verdict, object, now));
  return {
    ...(rejected.length === 0 ? {} : { rejected }),
    ...(reset === undefined ? {} : { lastHandledResetAt: reset }),
  };
}

function rejectionBy(
  { target: { revision, digest }, reason, message }: Verdict,
  object: WorkspacePlugin,
  now: Date,
): Rejection {
  const asked = { observedGeneration: object.metadata.generation, specHash: wishOf(object) };
  const content = digest === undefined ? { revision } : { revision, digest };
  return { ...content, reason, message, time: toSeconds(now), ...asked };
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

/** The newest revision with other content than the installed one, or the installed one; before, what is to be installed. */
export function availableOf(after: After): Pick<Status, 'available'> {
  const before = after.object.status?.available;
  const newest = after.isOutsideLate ? undefined : newestOf(after);
  if (newest === undefined) return before === undefined ? {} : { available: before };
  const { revision, digest, ref } = newest;
  if (before?.revision === revision) return { available: before };
  // The same content under another name is no newer.
  const firstSeenTime = before?.digest === digest ? before.firstSeenTime : toSeconds(after.now);
  return { available: { revision, short: short(revision), digest, ref, firstSeenTime } };
}

/** Undefined where it is not known now. */
function newestOf(after: After): Pick<Candidate, 'revision' | 'digest' | 'ref'> | undefined {
  const { upstream, wanted, object } = after;
  const { approved, available } = object.status ?? {};
  if (approved === undefined) return wanted?.ok === true ? wanted.value : undefined;
  const { revision, digest, ref: asked, resolvedRef = asked } = approved;
  if (upstream?.ok !== true) {
    const isKnown = upstream !== undefined && available !== undefined;
    return isKnown ? undefined : { revision, digest, ref: resolvedRef };
  }
  return isDrifted(after) ? upstream.value : { revision, digest, ref: upstream.value.ref };
}
