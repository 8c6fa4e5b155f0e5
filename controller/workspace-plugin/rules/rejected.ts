// Which revisions are never tried or proposed again by themselves: dismissed by a person, or tried and failed.
import type { WorkspacePlugin, WorkspacePluginStatus } from '../../api/workspace-plugin.ts';
import { unansweredReset, type Candidate } from '../observed.ts';

export type Rejection = NonNullable<WorkspacePluginStatus['rejected']>[number];

/** What a rejection is of; another revision with the same content is rejected, too. */
export type Content = Pick<Candidate, 'revision' | 'digest'>;

/** As many as the schema takes. */
const REJECTED_LIMIT = 20;

/** The latest first; none once a person has asked for a reset. */
export function rejectionsOf(object: WorkspacePlugin): readonly Rejection[] {
  return unansweredReset(object) === undefined ? (object.status?.rejected ?? []) : [];
}

/** Why upstream's offer is not wanted; undefined where it may be. */
export function rejectionOf(object: WorkspacePlugin, content: Content): Rejection | undefined {
  return rejectionsOf(object).find((rejection) => isOf(rejection, content));
}

/**
 * Why not even the spec, which asks for it, gets this content: it was rejected since the spec was last edited. Undefined
 * where it may be tried: an edit after the rejection is a new wish.
 */
export function refusalOf(object: WorkspacePlugin, content: Content): Rejection | undefined {
  const rejection = rejectionOf(object, content);
  return rejection?.observedGeneration === object.metadata.generation ? rejection : undefined;
}

/** The list with one more, which takes the place of what it held of the same content. */
export function withRejection(list: readonly Rejection[], rejection: Rejection): readonly Rejection[] {
  const { revision, digest = '' } = rejection;
  return [rejection, ...withoutContent(list, { revision, digest })].slice(0, REJECTED_LIMIT);
}

/** The list without what is approved by now. */
export function withoutContent(list: readonly Rejection[], content: Content): readonly Rejection[] {
  return list.filter((rejection) => !isOf(rejection, content));
}

function isOf(rejection: Rejection, { revision, digest }: Content): boolean {
  return rejection.revision === revision || rejection.digest === digest;
}
