// The name policy: which paths of a foreign tree may be written into a workspace.
import { PermanentError } from '../errors.ts';
import { foldName } from './fold.ts';
import { MAX_NAME_BYTES, MAX_PATH_BYTES, MAX_PATH_DEPTH } from './limits.ts';
import { printable } from './printable.ts';

/** What the controller itself writes into or beside a plugin's folder; nobody ships them. */
const OURS: ReadonlySet<string> = new Set(['.complete', '.manifest', '.staging', '.previous', '.controller']);
/** C0, DEL and C1, bidirectional overrides, and the separators that count as line ends. */
const UNPRINTABLE = /[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/u;
/** What HFS+ ignores in a name, so that `.g<U+200C>it` would be `.git` there. */
const IGNORABLE = /[\u200B-\u200F\u202A-\u202E\u2060-\u206F\uFEFF]/gu;
const DOT_GIT = /^(\.git|git~[0-9]+)(:.*)?$/;

/**
 * The path as text, when it may be written.
 * @param raw relative path, any bytes
 * @throws PermanentError `InvalidContent` that names the entry
 */
export function checkPath(raw: Uint8Array): string {
  if (raw.length > MAX_PATH_BYTES) throw refuse(raw, `is longer than ${MAX_PATH_BYTES} bytes`);
  const path = decode(raw);
  const parts = path.split('/');
  if (parts.length > MAX_PATH_DEPTH) throw refuse(raw, `is deeper than ${MAX_PATH_DEPTH} folders`);
  const problem = parts.map(problemOf).find((found) => found !== undefined) ?? problemAtRoot(parts[0] ?? '');
  if (problem !== undefined) throw refuse(raw, problem);
  return path;
}

/** An `InvalidContent` about one entry; the name is made safe to print. */
export function refuse(path: Uint8Array | string, problem: string): PermanentError {
  return new PermanentError(
    'InvalidContent',
    `the entry ${printable(path)} ${problem}; remove or rename it upstream`,
  );
}

function decode(raw: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(raw);
  } catch {
    throw refuse(raw, 'has a name that is not UTF-8');
  }
}

function problemOf(name: string): string | undefined {
  if (name === '') return 'has an empty name in its path (or is absolute)';
  if (name === '.' || name === '..') return `has "${name}" in its path`;
  if (UNPRINTABLE.test(name)) return 'has a control character in its name';
  if (name.includes('\\')) return 'has a backslash in its name';
  if (name.endsWith('.') || name.endsWith(' ')) return 'has a name that ends in a dot or space';
  if (Buffer.byteLength(name) > MAX_NAME_BYTES) return `has a name longer than ${MAX_NAME_BYTES} bytes`;
  if (DOT_GIT.test(foldVisible(name))) return 'has a name that git takes for its own ".git"';
  return undefined;
}

function problemAtRoot(name: string): string | undefined {
  return OURS.has(foldVisible(name)) ? 'has a name that belongs to the controller' : undefined;
}

/** The colon is no separator to us, but to NTFS: what precedes it names the file. */
function foldVisible(name: string): string {
  return foldName(name.replace(IGNORABLE, ''));
}
