// What the store writes down about one packed revision: the index entry, and how it is read back.
import { createHash } from 'node:crypto';
import type { Revision } from './bundle.ts';
import { isDigest } from './digest.ts';
import type { Packed } from './pack.ts';

/** What a bundle is found by. */
export interface BundleKey {
  readonly repository: string;
  readonly revision: Revision;
  /** Folder inside the repository; undefined for its root. */
  readonly path: string | undefined;
  /** Whose content it is: what was got with credentials is not for those without. Left out: everybody's. */
  readonly credentials?: string;
}

export interface StoredBundle extends Packed {
  /** Of the tar file as it was written; 64 hex digits. */
  readonly tarSHA256: string;
}

/** The name of the key's index entry: 64 hex digits. */
export function keyName({ repository, revision, path, credentials = '' }: BundleKey): string {
  return createHash('sha256')
    .update(JSON.stringify([repository, revision, path ?? null, credentials]))
    .digest('hex');
}

export function isKeyName(name: string): boolean {
  return /^[0-9a-f]{64}$/.test(name);
}

export function formatStored(stored: StoredBundle, key: BundleKey): string {
  return JSON.stringify({ ...key, ...stored });
}

/** Undefined for anything but a whole entry: the disk may have been full, or somebody else was at it. */
export function parseStored(text: string): StoredBundle | undefined {
  const value = parseObject(text);
  const { digest, tarSHA256, version, pluginYAMLSHA256 } = value;
  const { files, bytes, skippedSymlinks, tarBytes } = value;
  if (typeof digest !== 'string' || !isDigest(digest)) return undefined;
  if (!isHash(tarSHA256)) return undefined;
  if (typeof version !== 'string' || version.length > 128) return undefined;
  if (pluginYAMLSHA256 !== null && !isHash(pluginYAMLSHA256)) return undefined;
  if (!isCount(files) || !isCount(bytes) || !isCount(skippedSymlinks) || !isCount(tarBytes)) return undefined;
  return { digest, tarSHA256, version, pluginYAMLSHA256, files, bytes, skippedSymlinks, tarBytes };
}

function isHash(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    // A torn entry is like none.
    return {};
  }
}
