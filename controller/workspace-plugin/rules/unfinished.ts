// What became of the change that made the live content live: whether it still owes a step, or has failed in one.
import type { WorkspacePlugin } from '../../api/workspace-plugin.ts';
import type { LookedPlugin, StepFailure, Todo } from '../../../lib/target/target.ts';
import type { Candidate } from '../observed.ts';
import { rejectionsOf, rejects, type Rejection } from './rejected.ts';

/** What is still due after the change that put this content in place; undefined when nothing is, or other content is there. */
export function todoOf({ manifestDigest, todo }: LookedPlugin, digest: string): Todo | undefined {
  return manifestDigest === digest && todo?.digest === digest ? todo : undefined;
}

/**
 * How this content has failed since it was put in place, where that is not on record yet. What is on record and may be
 * tried again was asked for by a person since; what is approved is not on trial. A health check that is not asked for (any
 * more, or by another object that was there before) says nothing.
 */
export function newFailure(
  { spec, status }: WorkspacePlugin,
  look: LookedPlugin,
  content: Pick<Candidate, 'revision' | 'digest'>,
): StepFailure | undefined {
  const since = look.marker?.time ?? '';
  const isRecorded = (status?.rejected ?? []).some((one) => rejects(one, content) && one.time >= since);
  const isApproved = status?.approved?.digest === content.digest;
  if (isRecorded || isApproved) return undefined;
  const failed = todoOf(look, content.digest)?.failed;
  return failed?.step === 'HealthCheck' && spec.update.healthCheck === undefined ? undefined : failed;
}

/** What failed, in words. */
export function failureMessage({ step, message }: StepFailure): string {
  return `${step === 'Restart' ? 'the restart' : 'the health check'} failed: ${message}`;
}

/** Why the content that is live should not be: it was quarantined. The approved content never is. */
export function quarantineOf(object: WorkspacePlugin, look: LookedPlugin): Rejection | undefined {
  const live = look.state === 'Marked' ? look.manifestDigest : undefined;
  if (live === undefined || live === object.status?.approved?.digest) return undefined;
  // What the marker says of its revision is no evidence.
  const rejection = rejectionsOf(object).find((one) => one.digest === live);
  return rejection?.reason === 'Quarantined' ? rejection : undefined;
}
