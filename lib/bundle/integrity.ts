// The hash that a plugin's own `manifest.json` may promise over all its other files.
import { createHash } from 'node:crypto';
import { PermanentError } from '../errors.ts';

export const MANIFEST_JSON = 'manifest.json';
export const MAX_MANIFEST_JSON_BYTES = 1024 * 1024;

/** sha256 over `path`, a NUL and the content of every file but `manifest.json`, fed in the order of the manifest. */
export class ContentHash {
  readonly #hash = createHash('sha256');

  begin(path: string): void {
    this.#hash.update(`${path}\0`);
  }

  update(content: Uint8Array): void {
    this.#hash.update(content);
  }

  hex(): string {
    return this.#hash.digest('hex');
  }
}

/**
 * Compares what was promised with what is there; without a promise all is well.
 * @throws PermanentError `VerificationFailed`
 */
export function checkPromise(manifestJSON: Uint8Array | undefined, actualHex: string): void {
  if (manifestJSON === undefined) return;
  if (manifestJSON.length > MAX_MANIFEST_JSON_BYTES) {
    throw new PermanentError(
      'VerificationFailed',
      `manifest.json is over ${MAX_MANIFEST_JSON_BYTES} bytes and cannot be checked`,
    );
  }
  const promised = promisedHash(Buffer.from(manifestJSON).toString('utf8'));
  if (promised === undefined || promised.toLowerCase() === actualHex) return;
  throw new PermanentError(
    'VerificationFailed',
    `manifest.json promises another sha256 than the files have (${actualHex}); correct it upstream`,
  );
}

function promisedHash(text: string): string | undefined {
  const value = parseJSON(text);
  if (typeof value !== 'object' || value === null || !('sha256' in value)) return undefined;
  return typeof value.sha256 === 'string' ? value.sha256 : undefined;
}

function parseJSON(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON: it promises nothing, and what else it is for is none of our business.
    return undefined;
  }
}
