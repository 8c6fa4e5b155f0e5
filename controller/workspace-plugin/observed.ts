// What one visit of a WorkspacePlugin finds: a frozen value, the only thing that decisions are made from.
import { REQUESTED_AT, RESET_AT } from '../api/group.ts';
import type { PluginUpdate } from '../api/plugin-update.ts';
import type { WorkspacePlugin } from '../api/workspace-plugin.ts';
import type { Attempt, Failure } from '../../lib/errors.ts';
import type { Resolved } from '../../lib/sources/source.ts';
import type { Look } from '../../lib/target/target.ts';

/** A revision that could be installed, with the digest that its content has. */
export interface Candidate {
  readonly revision: string;
  readonly digest: string;
  readonly version: string;
  /** How it was found: a tag, a branch, a SHA. */
  readonly ref: string;
  /** What that is the name of; left out where no source was asked. */
  readonly refKind?: Resolved['refKind'];
  /** When the source said so; undefined where no source was asked. */
  readonly time: Date | undefined;
}

export type Place =
  | { readonly state: 'NoWorkspace' }
  | { readonly state: 'NotLooked' }
  /** The Workspace's own `spec.suspend`: nothing is done for any plugin in it. */
  | { readonly state: 'WorkspaceSuspended' }
  | { readonly state: 'Unreachable'; readonly failure: Failure }
  | { readonly state: 'Reached'; readonly look: Look };

/** Which question a revision answers: an edit of any of the three is a new one. */
export interface Question {
  /** `spec.source.url` without its `#ref`. */
  readonly url: string;
  readonly path: string;
  /** The `#ref`, or `spec.track` where there is none. */
  readonly ref: string;
}

/** What a person is asked where one must decide: whether this revision may take the place of the approved one. */
export interface Proposal {
  /** Of its PluginUpdate, whether that is there or not. */
  readonly name: string;
  readonly target: Candidate;
  readonly update: PluginUpdate | undefined;
}

/** What a person has decided, and nothing was done about yet. */
export interface Answer {
  readonly update: PluginUpdate;
  /** What it is about; the digest where it is known. */
  readonly content: { readonly revision: string; readonly digest: string | undefined };
  /** What is to be installed, or why it cannot be had; undefined for a dismissal. */
  readonly target: Attempt<Candidate> | undefined;
}

export interface Observed {
  /** When the visit began: the time that is decided by. */
  readonly now: Date;
  readonly object: WorkspacePlugin;
  readonly place: Place;
  /** The older object that is in charge of the same plugin in the same workspace. */
  readonly rival: string | undefined;
  /** A repair did not wait for the sources: what they have, and whether they answer, is as last known. */
  readonly isOutsideLate: boolean;
  /** What the spec names; only when `status.approved` does not answer the spec yet. */
  readonly wanted: Attempt<Candidate> | undefined;
  /** What the tracked ref resolves to; undefined when nothing is tracked. */
  readonly upstream: Attempt<Candidate> | undefined;
  /** Without a status, but with a marked folder in the workspace: its revision, fetched again. */
  readonly found: Attempt<Candidate> | undefined;
  /** The question that upstream's revision raises, whoever answers it; undefined where it raises none. */
  readonly proposal: Proposal | undefined;
  /** The PluginUpdate that `status.pendingUpdateRef` names, while its question stands. */
  readonly asked: PluginUpdate | undefined;
  readonly answer: Answer | undefined;
}

export function questionOf(object: WorkspacePlugin): Question {
  const { source, track } = object.spec;
  const hash = source.url.indexOf('#');
  const pin = hash < 0 ? undefined : source.url.slice(hash + 1);
  return {
    url: hash < 0 ? source.url : source.url.slice(0, hash),
    path: source.path ?? '',
    ref: pin ?? track,
  };
}

/** True when what was approved last is an answer to the spec as it is now. */
export function isAnswered(object: WorkspacePlugin): boolean {
  const approved = object.status?.approved;
  if (approved === undefined) return false;
  const question = questionOf(object);
  return (
    approved.url === question.url && (approved.path ?? '') === question.path && approved.ref === question.ref
  );
}

/** The value of `requestedAt` that has not been answered yet. */
export function unansweredRequest(object: WorkspacePlugin): string | undefined {
  const requested = object.metadata.annotations?.[REQUESTED_AT];
  return requested === object.status?.lastHandledReconcileAt ? undefined : requested;
}

/** The value of `resetAt` that has not been answered yet. */
export function unansweredReset(object: WorkspacePlugin): string | undefined {
  const requested = object.metadata.annotations?.[RESET_AT];
  return requested === object.status?.lastHandledResetAt ? undefined : requested;
}

/** The first twelve characters of a revision, as people know it; a digest without its prefix. */
export function short(revision: string): string {
  return revision.replace(/^sha256:/, '').slice(0, 12);
}
