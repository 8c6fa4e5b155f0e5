// The digest: what two trees have in common exactly when they hold the same files.
import { createHash } from 'node:crypto';
import type { Digest } from './bundle.ts';

/** @param manifest the canonical manifest, as `formatManifest` gives it */
export function digestOf(manifest: string | Uint8Array): Digest {
  return `sha256:${createHash('sha256').update(manifest).digest('hex')}`;
}

export function isDigest(text: string): text is Digest {
  return /^sha256:[0-9a-f]{64}$/.test(text);
}
