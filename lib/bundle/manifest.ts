// The canonical manifest: one line a file, the text whose hash is the digest.
import { PermanentError } from '../errors.ts';
import type { ManifestEntry } from './bundle.ts';

const LINE = /^(644|755) ([0-9a-f]{64}) (.+)$/s;

/**
 * `<644|755> <sha256> <path>\n` for each file, sorted by the bytes of the path.
 * @throws RangeError for a path that no manifest can hold (empty, or with a line feed)
 */
export function formatManifest(entries: readonly ManifestEntry[]): string {
  const bad = entries.find(({ path }) => path === '' || path.includes('\n'));
  if (bad !== undefined) throw new RangeError(`no manifest can hold the path ${JSON.stringify(bad.path)}`);
  return sortedByPath(entries)
    .map(({ mode, sha256, path }) => `${mode} ${sha256} ${path}\n`)
    .join('');
}

/**
 * The reverse of `formatManifest`; nothing but canonical text is accepted.
 * @throws PermanentError `InvalidContent` that names the line
 */
export function parseManifest(text: string): readonly ManifestEntry[] {
  if (text === '') return [];
  if (!text.endsWith('\n')) throw invalid(text.split('\n').length, 'is cut off');
  const entries = text.slice(0, -1).split('\n').map(parseLine);
  for (const [index, entry] of entries.entries()) {
    const before = entries[index - 1];
    if (before !== undefined && comparePaths(before.path, entry.path) >= 0) {
      throw invalid(index + 1, 'is out of order');
    }
  }
  return entries;
}

/** Orders paths by their UTF-8 bytes (which is the order of code points, not of UTF-16 units). */
export function comparePaths(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** A new list in the order of the manifest. */
export function sortedByPath<T extends { readonly path: string }>(entries: readonly T[]): readonly T[] {
  return entries
    .map((entry) => ({ entry, key: Buffer.from(entry.path) }))
    .sort((a, b) => Buffer.compare(a.key, b.key))
    .map(({ entry }) => entry);
}

function parseLine(line: string, index: number): ManifestEntry {
  const [, mode, sha256, path] = LINE.exec(line) ?? [];
  if (mode === undefined || sha256 === undefined || path === undefined) {
    throw invalid(index + 1, 'is no "<mode> <sha256> <path>"');
  }
  return { mode: mode === '755' ? '755' : '644', sha256, path };
}

function invalid(line: number, what: string): PermanentError {
  return new PermanentError('InvalidContent', `line ${line} of the manifest ${what}`);
}
