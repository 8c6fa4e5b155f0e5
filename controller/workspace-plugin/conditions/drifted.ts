// What the condition Drifted says: what upstream has besides the approved revision, and who is to decide about it.
import { RESET_AT } from '../../api/group.ts';
import type { After } from '../afterwards.ts';
import { heldBack, isDrifted, isTagMoved } from '../decide.ts';
import { short, type Candidate } from '../observed.ts';
import { rejectionOf, takesUpdates } from '../rules/rejected.ts';
import { whenNotAsked, type Body } from './body.ts';
import type { Attempt } from '../../../lib/errors.ts';

export function driftedBody(after: After): Body {
  const { object, upstream } = after;
  if (object.spec.track === 'none' || object.spec.track === '') {
    return { status: 'False', reason: 'NotTracked', message: 'spec.track is none: upstream is not followed' };
  }
  const before = whenNotAsked(after, 'Drifted');
  if (before !== undefined) return before;
  if (upstream?.ok === false) {
    return { status: 'Unknown', reason: 'SourceUnavailable', message: upstream.failure.message };
  }
  if (object.status?.approved === undefined || upstream === undefined) {
    return { status: 'Unknown', reason: 'NotInstalled', message: 'nothing is installed yet to compare with' };
  }
  if (!isDrifted(after)) {
    return { status: 'False', reason: 'UpToDate', message: `${object.spec.track} has the installed content` };
  }
  const { ref, revision } = upstream.value;
  if (isWanted(after, revision)) {
    const message = `${ref} (revision ${short(revision)}) is what the spec asks for, and about to be installed`;
    return { status: 'True', reason: 'UpdateApproved', message };
  }
  const decided = approvedUpdateBody(after) ?? rejectedBody(after, upstream.value);
  if (decided !== undefined) return decided;
  if (isTagMoved(after)) {
    const message = `tag ${ref} was moved to revision ${short(revision)}; a moved tag is never installed automatically: ${howToDecide(after)}, or set spec.source.url to …#sha:${revision}`;
    return { status: 'True', reason: 'TagMoved', message };
  }
  return updateBody(after, `${ref} (revision ${short(revision)}) is available`);
}

/** An edit of the spec asks for this revision, and it is not in place yet. */
function isWanted(after: After, revision: string): boolean {
  const { wanted } = after;
  return !takesUpdates(after) && wanted?.ok === true && wanted.value.revision === revision;
}

/** A person has approved it, whatever upstream has by now. */
function approvedUpdateBody(after: After): Body | undefined {
  const { answer } = after;
  if (answer?.target === undefined) return undefined;
  const { ref, toRevision, decidedBy = '' } = answer.update.spec;
  const next = takesUpdates(after) ? nextOf(after, answer.target) : comesLater(after);
  const message = `${ref} (revision ${short(toRevision)}) was approved by ${decidedBy}, and ${next}`;
  return { status: 'True', reason: 'UpdateApproved', message };
}

function nextOf({ failed }: After, target: Attempt<Candidate>): string {
  const problem = target.ok ? failed : target.failure;
  return problem === undefined ? 'is about to be installed' : `could not be installed: ${problem.message}`;
}

/** What an edit of the spec asks for comes first, and is not in place yet. */
function comesLater({ wanted, failed }: After): string {
  const problem = wanted?.ok === false ? wanted.failure : failed;
  return `waits for what the spec asks for${problem === undefined ? '' : `: ${problem.message}`}`;
}

function rejectedBody({ object }: After, { ref, revision, digest }: Candidate): Body | undefined {
  const rejection = rejectionOf(object, { revision, digest });
  if (rejection === undefined) return undefined;
  const { reason, message: why } = rejection;
  const how = reason === 'Dismissed' ? 'dismissed' : 'tried, and failed:';
  const message = `${ref} (revision ${short(revision)}) was ${how} ${why}; to try it all the same, name it in spec.source.url, or set the annotation ${RESET_AT} to a new value`;
  return { status: 'True', reason: 'Rejected', message };
}

/** Where a person finds what is asked, or why nothing could be asked. */
export function howToDecide({ object, pending, unasked, proposal }: After): string {
  if (pending !== undefined) return `decide on PluginUpdate ${pending}`;
  if (proposal === undefined) return 'nothing is asked yet';
  const { name, target } = proposal;
  const rejection = rejectionOf(object, target);
  if (rejection !== undefined) return `it was dismissed ${rejection.message}`;
  if (unasked !== undefined) return `PluginUpdate ${name} could not be made: ${unasked.message}`;
  return `PluginUpdate ${name} was decided when it was out of date: delete it to be asked again`;
}

function updateBody(after: After, what: string): Body {
  const { object, failed } = after;
  if (object.spec.update.approval === 'Manual') {
    const reason = after.pending === undefined ? 'UpdateAvailable' : 'AwaitingApproval';
    const message = `${what}; approval is Manual: ${howToDecide(after)}, or name it in spec.source.url after a #`;
    return { status: 'True', reason, message };
  }
  const wait = heldBack(after);
  if (wait !== undefined)
    return {
      status: 'True',
      reason: wait.reason ?? 'UpdateApproved',
      message: `${what}: ${wait.message}`,
    };
  const problem = failed === undefined ? '' : `, but could not be installed: ${failed.message}`;
  return { status: 'True', reason: 'UpdateApproved', message: `${what}${problem}` };
}
