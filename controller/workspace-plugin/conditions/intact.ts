// What the condition Intact says: how the files in the workspace differ from what was approved.
import type { LookedPlugin, Paths } from '../../../lib/target/target.ts';
import type { After } from '../afterwards.ts';
import { tampering } from '../decide.ts';
import type { Body } from './body.ts';
import { intactOnTrial } from './trial.ts';

/** Of a workspace that was reached. */
export function intactBody(after: After): Body {
  const onTrial = intactOnTrial(after);
  if (onTrial !== undefined) return onTrial;
  const { standing, place, object } = after;
  const digest = 'digest' in standing ? standing.digest : object.status?.approved?.digest;
  if (digest === undefined || place.state !== 'Reached') {
    return { status: 'Unknown', reason: 'NotInstalled', message: 'nothing is installed yet' };
  }
  const look = place.look.plugin;
  const reason = tampering(after, look, digest);
  if (reason === undefined) return { status: 'True', reason: 'DigestMatches', message: intactMessage(look) };
  return { status: 'False', reason, message: tamperedMessage(after, look, reason) };
}

function intactMessage({ untracked }: LookedPlugin): string {
  const kept = untracked.count === 0 ? '' : `; ${count(untracked, 'file')} it did not ship kept as found`;
  return `every file is as approved${kept}`;
}

function tamperedMessage(
  after: After,
  look: LookedPlugin,
  reason: 'FilesChanged' | 'Missing' | 'Unmarked',
): string {
  const { object, failed } = after;
  const extra = object.spec.integrity.untracked === 'Remove' ? look.untracked : { count: 0, first: [] };
  const what = {
    Missing: 'the plugin folder is gone',
    Unmarked: 'the plugin folder has lost its marker',
    FilesChanged: changedMessage(look, extra),
  }[reason];
  if (failed !== undefined) return `${what}; repair failed: ${failed.message}`;
  return object.spec.integrity.policy === 'Report'
    ? `${what}; left as it is by spec.integrity.policy Report: set Repair to restore the approved files`
    : what;
}

function changedMessage({ tampered }: LookedPlugin, extra: Paths): string {
  const paths = [...tampered.first, ...extra.first].slice(0, 5);
  const total = tampered.count + extra.count;
  if (total === 0) return 'the folder does not hold the approved revision';
  const more = total > paths.length ? `, and ${total - paths.length} more` : '';
  return `${total} ${total === 1 ? 'file differs' : 'files differ'} from what was approved: ${paths.join(', ')}${more}`;
}

function count({ count: files }: Paths, what: string): string {
  return files === 1 ? `1 ${what}` : `${files} ${what}s`;
}
