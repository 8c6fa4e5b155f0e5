// What the conditions say of a revision that was tried: still on trial, failed and on its way out, held, or rolled back.
import { RESET_AT } from '../../api/group.ts';
import { documented, type ConditionType } from '../../api/reasons.ts';
import { findCondition } from '../../../lib/reconcile/conditions.ts';
import type { After } from '../afterwards.ts';
import { isAnswered, short } from '../observed.ts';
import { refusalOf, rejectionsOf, type Rejection } from '../rules/rejected.ts';
import type { Body } from './body.ts';

/** Of `Applied`; undefined where nothing was tried, or it has passed. */
export function appliedOnTrial(after: After): Body | undefined {
  const { standing, failed, object } = after;
  switch (standing.kind) {
    case 'Settled':
      return rolledBackBody(after);
    case 'Unfinished': {
      const problem = failed === undefined ? '' : `: ${failed.message}`;
      const message = `the new files are in place, and what must follow is not done yet${problem}`;
      return { status: 'False', reason: 'Installing', message };
    }
    case 'Held':
      return { status: 'False', reason: 'InstallFailed', message: heldMessage(standing.rejection, after) };
    case 'Failed':
      if (!isAnswered(object)) return rolledBackBody(after);
      return failed === undefined
        ? asBefore(after, 'Applied')
        : stuckBody(standing.rejection, failed.message);
  }
}

/** Of `Intact`, where it is that of before the trial. */
export function intactOnTrial(after: After): Body | undefined {
  const { standing, failed } = after;
  return standing.kind === 'Failed' && failed === undefined ? asBefore(after, 'Intact') : undefined;
}

/** What follows once the workspace can be reached again, where what was live there last has failed; else nothing. */
export function onceReached(after: After): string {
  const { object } = after;
  const { installed, approved } = object.status ?? {};
  const live = installed?.digest;
  const rejection =
    live === undefined || live === approved?.digest
      ? undefined
      : rejectionsOf(object).find(({ digest, reason }) => digest === live && reason === 'Quarantined');
  if (rejection === undefined) return '';
  if (object.spec.update.onFailure === 'Hold') return `; ${heldMessage(rejection, after)}`;
  return `; ${failedMessage(rejection)}; ${comesNext(object)} as soon as the workspace can be reached`;
}

/** Of `Stalled`: where nothing more happens by itself. */
export function stalledOnTrial(after: After): Body | undefined {
  const { standing } = after;
  if (standing.kind === 'Held') {
    return { status: 'True', reason: 'InstallFailed', message: heldMessage(standing.rejection, after) };
  }
  const rolledBack = standing.kind === 'Settled' ? rolledBackBody(after) : undefined;
  return rolledBack && { ...rolledBack, status: 'True' };
}

/** Of `Reconciling`, while what failed is still there. */
export function reconcilingOnTrial({ standing, object }: After): Body | undefined {
  if (standing.kind !== 'Failed') return undefined;
  const message = `${failedMessage(standing.rejection)}; ${comesNext(object)}`;
  return { status: 'True', reason: 'RollingBack', message };
}

function comesNext({ status }: After['object']): string {
  const approved = status?.approved;
  return approved === undefined
    ? 'it is taken away again'
    : `revision ${short(approved.revision)} comes back`;
}

/** What the spec asks for was tried since it was last edited, and has failed. */
function rolledBackBody(after: After): Body | undefined {
  const { object, wanted } = after;
  if (isAnswered(object) || wanted?.ok !== true) return undefined;
  const refusal = refusalOf(object, wanted.value);
  if (refusal?.reason !== 'Quarantined') return undefined;
  const approved = object.status?.approved;
  const now =
    approved === undefined
      ? 'it was taken away again'
      : `revision ${short(approved.revision)} is back in its place`;
  const message = `${failedMessage(refusal)}; ${now}; ${waysOn(after)}`;
  return { status: 'False', reason: 'RolledBack', message };
}

function stuckBody(rejection: Rejection, problem: string): Body {
  const message = `${failedMessage(rejection)}; it could not be replaced yet: ${problem}`;
  return { status: 'False', reason: 'InstallFailed', message };
}

function heldMessage(rejection: Rejection, after: After): string {
  return `${failedMessage(rejection)}; it stays in place by spec.update.onFailure Hold; ${waysOn(after)}`;
}

function failedMessage({ revision, message }: Rejection): string {
  return `revision ${short(revision)} was installed, and ${message}`;
}

/** An update that waits for a decision is one of them; what was approved is on its way. */
function waysOn({ pending, answer }: After): string {
  const approve = pending === undefined || answer !== undefined ? '' : `approve PluginUpdate ${pending}, `;
  return `${approve}name another revision in spec.source.url, or lift this by a new value of the annotation ${RESET_AT}`;
}

/** A revision that fails and goes at once lowers nothing meanwhile. */
function asBefore({ object }: After, type: ConditionType): Body | undefined {
  const before = findCondition(object.status?.conditions ?? [], type);
  return before === undefined ? undefined : { ...before, reason: documented(before.reason, 'Installing') };
}
