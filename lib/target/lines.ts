// Words and lines of an answer, each read strictly.
import type { Digest } from '../bundle/bundle.ts';
import { TransientError } from '../errors.ts';
import { isDigest } from './marker.ts';

/** What is shown of anything that a workspace says in words; characters. */
export const MAX_MESSAGE = 600;

export function invalid(what: string, where: string): TransientError {
  const place = where === '' ? '' : `: ${JSON.stringify(printable(where).slice(0, 120))}`;
  return new TransientError('InvalidAnswer', `the workspace's answer is not usable, ${what}${place}`);
}

export function toDigest(hex: string, line: string): Digest {
  const digest = `sha256:${hex}`;
  if (!isDigest(digest)) throw invalid('a hash is none', line);
  return digest;
}

export function oneOf<T extends string>(values: readonly T[], text: string, line: string): T {
  const value = values.find((candidate) => candidate === text);
  if (value === undefined) throw invalid('a word is not understood', line);
  return value;
}

export function splitOnce(text: string): [string, string] {
  const space = text.indexOf(' ');
  return space < 0 ? [text, ''] : [text.slice(0, space), text.slice(space + 1)];
}

/** Control and format characters (bidi among them), and what was no UTF-8, shown as `?`. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029\ufffd]/gu, '?');
}
