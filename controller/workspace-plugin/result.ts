// What became of what a visit did: the plugin as found last, and whether it is done, still owes something, or has failed.
import type { WorkspacePlugin } from '../api/workspace-plugin.ts';
import type { Attempt, Failure } from '../../lib/errors.ts';
import type { LookedPlugin } from '../../lib/target/target.ts';
import type { Acted } from './act.ts';
import type { Plan } from './decide.ts';
import type { Candidate, Observed, Place } from './observed.ts';
import type { Content, Rejection } from './rules/rejected.ts';
import { failureMessage, quarantineOf, todoOf } from './rules/unfinished.ts';

export interface Visit {
  readonly observed: Observed;
  readonly plan: Plan;
  /** The name of the PluginUpdate that was made, or why it could not be; left out where none was due. */
  readonly asked?: Attempt<string> | undefined;
  readonly acted: Acted;
}

/** What is rejected from now on, and why. */
export interface Verdict {
  readonly target: Content;
  readonly reason: Rejection['reason'];
  readonly message: string;
}

export interface Result {
  /** As found last. */
  readonly place: Place;
  /** Why the plan could not be carried out, or only in part; it is tried again. */
  readonly failed: Failure | undefined;
  readonly verdict: Verdict | undefined;
  /** What is approved from now on; undefined: nothing new. */
  readonly passed: Candidate | undefined;
}

export function resultOf({ observed, plan, acted }: Visit): Result {
  const { change, finish } = acted;
  const found = finish?.ok === true ? finish.value : change?.ok === true ? change.value.look : undefined;
  const place: Place = found === undefined ? observed.place : { state: 'Reached', look: found };
  const target = candidateOf(plan);
  const isTrial = target !== undefined && target.digest !== observed.object.status?.approved?.digest;
  // A workspace that is down after its restart cannot have that on record itself.
  if (isTrial && finish?.ok === false && finish.failure.reason === 'RestartFailed') {
    const message = failureMessage({ step: 'Restart', message: finish.failure.message });
    return {
      place,
      failed: undefined,
      verdict: { target, reason: 'Quarantined', message },
      passed: undefined,
    };
  }
  const problem = [change, finish].find((attempt) => attempt?.ok === false);
  if (problem?.ok === false) return { place, failed: problem.failure, verdict: undefined, passed: undefined };
  if (plan.kind === 'Reject') return { place, failed: undefined, verdict: plan, passed: undefined };
  if (plan.kind === 'Approve') return { place, failed: undefined, verdict: undefined, passed: plan.target };
  if (found === undefined) return { place, failed: undefined, verdict: undefined, passed: undefined };
  return isTrial
    ? { place, failed: undefined, ...trialOf(target, found.plugin) }
    : { place, failed: laterOf(found.plugin), verdict: undefined, passed: target };
}

/** A candidate has passed once nothing is due after its change. */
function trialOf(target: Candidate, plugin: LookedPlugin): Pick<Result, 'verdict' | 'passed'> {
  const todo = todoOf(plugin, target.digest);
  if (todo?.failed === undefined)
    return { verdict: undefined, passed: todo === undefined ? target : undefined };
  const message = failureMessage(todo.failed);
  return { verdict: { target, reason: 'Quarantined', message }, passed: undefined };
}

/** What is to be approved when the plan succeeds; undefined for what is approved already, or goes. */
function candidateOf(plan: Plan): Candidate | undefined {
  return (plan.kind === 'Install' || plan.kind === 'Finish') && plan.approves ? plan.target : undefined;
}

/** A restart that failed after a repair, a rollback or a removal. */
function laterOf({ todo }: LookedPlugin): Failure | undefined {
  if (todo?.failed === undefined) return undefined;
  const reason = todo.failed.step === 'Restart' ? 'RestartFailed' : 'HealthCheckFailed';
  return { kind: 'Transient', reason, message: failureMessage(todo.failed) };
}

/** How the live content stands, where it is another than the approved one. */
export type Standing =
  /** Nothing of that kind is live. */
  | { readonly kind: 'Settled' }
  /** In place, and a step after its change is still due. */
  | { readonly kind: 'Unfinished'; readonly digest: string }
  /** It has failed, and is to go. */
  | { readonly kind: 'Failed'; readonly rejection: Rejection }
  /** It has failed, and stays until a person decides. */
  | { readonly kind: 'Held'; readonly rejection: Rejection; readonly digest: string };

/** @param object with the status of after the visit */
export function standingOf(object: WorkspacePlugin, place: Place, plan: Plan): Standing {
  if (place.state !== 'Reached') return { kind: 'Settled' };
  const { plugin } = place.look;
  const digest = plugin.manifestDigest ?? '';
  const rejection = quarantineOf(object, plugin);
  if (rejection !== undefined) {
    const isHeld = object.spec.update.onFailure === 'Hold';
    return isHeld ? { kind: 'Held', rejection, digest } : { kind: 'Failed', rejection };
  }
  const isApproved = object.status?.approved?.digest === digest;
  const isOnTrial =
    !isApproved && candidateOf(plan)?.digest === digest && todoOf(plugin, digest) !== undefined;
  return isOnTrial ? { kind: 'Unfinished', digest } : { kind: 'Settled' };
}
