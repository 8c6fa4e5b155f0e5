// `spec.track`: from its text to what is followed.
import { validRange } from 'semver';
import { printable } from '../bundle/printable.ts';
import { PermanentError } from '../errors.ts';
import { problemOfRef, REF_PATTERN, SHA_PATTERN, shaOf } from './ref-name.ts';
import type { RefSelector } from './source.ts';

export type Track = { readonly kind: 'none' } | RefSelector;

/** What the API server lets through (RE2); a few texts beyond it have the right form and still mean nothing. */
export const TRACK_PATTERN = `^(none|tag:${REF_PATTERN}|branch:${REF_PATTERN}|sha:${SHA_PATTERN}|semver:[0-9A-Za-z.*+^~<>=| -]{1,200})?$`;

const FORM = new RegExp(TRACK_PATTERN);

/**
 * @param text `none` or empty, `tag:<name>`, `tag:latest`, `semver:<range>`, `branch:<name>` or `sha:<full>`
 * @throws PermanentError `InvalidTrack`
 */
export function parseTrack(text: string): Track {
  if (!FORM.test(text)) {
    throw invalid(
      text,
      'is none of none, tag:<name>, tag:latest, semver:<range>, branch:<name>, sha:<full SHA>',
    );
  }
  const colon = text.indexOf(':');
  return colon === -1 ? { kind: 'none' } : parseSelector(text.slice(0, colon), text.slice(colon + 1), text);
}

function parseSelector(prefix: string, rest: string, text: string): RefSelector {
  if (prefix === 'sha') return { kind: 'sha', sha: shaOf(rest) ?? rest };
  if (prefix === 'semver') {
    if (validRange(rest) === null)
      throw invalid(text, 'has no valid range of versions, like ">=1.2.0 <2.0.0" or "^1"');
    return { kind: 'semver', range: rest };
  }
  const problem = problemOfRef(rest);
  if (problem !== undefined) throw invalid(text, problem);
  if (prefix === 'branch') return { kind: 'branch', name: rest };
  return rest === 'latest' ? { kind: 'latest' } : { kind: 'tag', name: rest };
}

function invalid(text: string, problem: string): PermanentError {
  return new PermanentError('InvalidTrack', `track ${printable(text)} ${problem}`);
}
