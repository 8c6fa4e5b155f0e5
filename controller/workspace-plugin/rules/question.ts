// When a person must be asked about a revision, and which answers count.
import type { PluginUpdate } from '../../api/plugin-update.ts';
import type { WorkspacePlugin } from '../../api/workspace-plugin.ts';
import { findCondition } from '../../../lib/reconcile/conditions.ts';
import type { Observed } from '../observed.ts';
import { refusalOf, rejectionOf, takesUpdates } from './rejected.ts';

/** A push that leaves what is offered as it is changes nothing, not even a message: its revision is the first of them. */
export function offered(object: WorkspacePlugin, upstream: Observed['upstream']): Observed['upstream'] {
  const { approved, available } = object.status ?? {};
  if (upstream?.ok !== true || approved === undefined || available === undefined) return upstream;
  const { revision, digest, ref } = available;
  const isSame = digest === upstream.value.digest && ref === upstream.value.ref;
  return isSame ? { ok: true, value: { ...upstream.value, revision } } : upstream;
}

/** A decision came after the question had been superseded: it is refused, for good. */
export function isRefused({ spec, status }: PluginUpdate): boolean {
  const superseded = findCondition(status?.conditions ?? [], 'Superseded');
  return spec.decision !== undefined && superseded?.status === 'True';
}

/**
 * A person, and nobody else, may decide about the proposal, and has not yet.
 * @param isTagMoved whatever the spec says, a moved tag is for a person
 */
export function isOpen(
  { object, proposal, answer }: Pick<Observed, 'object' | 'proposal' | 'answer'>,
  isTagMoved: boolean,
): boolean {
  if (proposal === undefined || answer !== undefined) return false;
  if (object.status?.approved === undefined) return refusalOf(object, proposal.target) === undefined;
  if (rejectionOf(object, proposal.target) !== undefined) return false;
  return isTagMoved || object.spec.update.approval === 'Manual';
}

/**
 * The PluginUpdate that `status.pendingUpdateRef` names: one that was decided, until that is done; else the one that
 * waits. While it is not known what upstream has, or whether the spec gets what it asks for, a question stands.
 */
export function pendingName(
  observed: Pick<
    Observed,
    'object' | 'rival' | 'isOutsideLate' | 'wanted' | 'upstream' | 'proposal' | 'asked' | 'answer'
  >,
  isTagMoved: boolean,
): string | undefined {
  const { object, rival, isOutsideLate, upstream, proposal, asked, answer } = observed;
  if (rival !== undefined || isOutsideLate || object.metadata.deletionTimestamp !== undefined) {
    return object.status?.pendingUpdateRef?.name;
  }
  if (answer !== undefined) return answer.update.metadata.name;
  if (isOpen(observed, isTagMoved)) return isWaiting(proposal?.update) ? proposal.name : undefined;
  const isUnknown = upstream?.ok === false || !takesUpdates(observed);
  return isUnknown && isWaiting(asked) ? asked.metadata.name : undefined;
}

/** The question waits: its PluginUpdate is there, and nobody has decided. */
export function isWaiting(update: PluginUpdate | undefined): update is PluginUpdate {
  return update !== undefined && update.spec.decision === undefined;
}
