// Which revisions are never tried or proposed again by themselves: dismissed by a person, or tried and failed.
import type { WorkspacePlugin, WorkspacePluginStatus } from '../../api/workspace-plugin.ts';
import { isAnswered, unansweredReset, type Observed } from '../observed.ts';
import { wishOf } from './wish.ts';

export type Rejection = NonNullable<WorkspacePluginStatus['rejected']>[number];

/** What a rejection is of: another revision with the same content is rejected, too. */
export interface Content {
  readonly revision: string;
  /** Undefined where it is not known any more. */
  readonly digest: string | undefined;
}

/** As many as the schema takes. */
const REJECTED_LIMIT = 20;

/** The latest first; none once a person has asked for a reset. */
export function rejectionsOf(object: WorkspacePlugin): readonly Rejection[] {
  return unansweredReset(object) === undefined ? (object.status?.rejected ?? []) : [];
}

/** Why upstream's offer is not wanted; undefined where it may be. */
export function rejectionOf(object: WorkspacePlugin, content: Content): Rejection | undefined {
  return rejectionsOf(object).find((rejection) => rejects(rejection, content));
}

/**
 * Why not even the spec, which asks for it, gets this content: it was rejected since the spec began to ask for that. Undefined
 * where it may be tried: another wish after the rejection is a new one, even if a person then comes back to this.
 */
export function refusalOf(object: WorkspacePlugin, content: Content): Rejection | undefined {
  const rejection = rejectionOf(object, content);
  return rejection !== undefined && isOfWish(rejection, object) ? rejection : undefined;
}

/** It was rejected while the spec asked for what it asks for now; without a checksum any edit counts as another wish. */
export function isOfWish(
  { specHash, observedGeneration }: Pick<Rejection, 'specHash' | 'observedGeneration'>,
  object: WorkspacePlugin,
): boolean {
  return specHash === undefined
    ? observedGeneration === object.metadata.generation
    : specHash === wishOf(object);
}

/** The rejection, without its checksum once the spec asks for something else: what it asks for later is a new wish. */
export function withoutOtherWish(rejection: Rejection, object: WorkspacePlugin): Rejection {
  const { specHash, ...rest } = rejection;
  return specHash === undefined || isOfWish(rejection, object) ? rejection : rest;
}

/**
 * Updates come into question: the spec is answered, or what it was edited to has failed, and what was approved before stays.
 */
export function takesUpdates({ object, wanted }: Pick<Observed, 'object' | 'wanted'>): boolean {
  if (isAnswered(object)) return true;
  if (object.status?.approved === undefined || wanted?.ok !== true) return false;
  return refusalOf(object, wanted.value) !== undefined;
}

/** The list with one more, which takes the place of what it held of the same content or revision. */
export function withRejection(list: readonly Rejection[], rejection: Rejection): readonly Rejection[] {
  const { revision, digest } = rejection;
  const others = withoutContent(list, { revision, digest }).filter((one) => one.revision !== revision);
  return [rejection, ...others].slice(0, REJECTED_LIMIT);
}

/** The list without what is approved by now. */
export function withoutContent(list: readonly Rejection[], content: Content): readonly Rejection[] {
  return list.filter((rejection) => !rejects(rejection, content));
}

/** By the content where it is known: another folder of the same revision is another thing. */
export function rejects(rejection: Rejection, { revision, digest }: Content): boolean {
  const isKnown = rejection.digest !== undefined && digest !== undefined;
  return isKnown ? rejection.digest === digest : rejection.revision === revision;
}
