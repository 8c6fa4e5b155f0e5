// `.complete` as text: what we write into it, and the strict reading of what is found.
import type { Digest } from '../bundle/bundle.ts';
import type { Marker } from './target.ts';

const MAX_URL = 2048;
const MAX_VERSION = 64;

/** The same shape as in look.sh: any other `.complete` counts as none. */
const SHAPE = new RegExp(
  '^\\{"revision":"(?<revision>[0-9a-f]{40}|(?:sha256:)?[0-9a-f]{64})",' +
    '"digest":"(?<digest>sha256:[0-9a-f]{64})",' +
    '"url":"(?<url>[^"\\\\]+)",' +
    '"version":"(?<version>[^"\\\\]+)",' +
    '"time":"(?<time>[-0-9T:]+Z)",' +
    '"stamp":"(?<stamp>[0-9]{8}T[0-9]{6}Z(?:-[0-9]+)?)"\\}$',
);

/** Undefined for anything that we would not have written. */
export function parseMarker(text: string): Marker | undefined {
  const { revision, digest, url, version, time, stamp } = SHAPE.exec(text)?.groups ?? {};
  if (revision === undefined || digest === undefined || url === undefined) return undefined;
  if (version === undefined || time === undefined || stamp === undefined) return undefined;
  return isDigest(digest) ? { revision, digest, url, version, time, stamp } : undefined;
}

export function isDigest(text: string): text is Digest {
  return /^sha256:[0-9a-f]{64}$/.test(text);
}

/** One line of JSON up to, and without, the comma before the stamp; the target program adds that. */
export function formatMarker(marker: Omit<Marker, 'stamp'>): string {
  const { revision, digest, time } = marker;
  const url = marker.url
    .toWellFormed()
    .replace(/[^!-~]|["\\]/gu, encodeURIComponent)
    .slice(0, MAX_URL);
  const version = marker.version.replace(/[^ -~]|["\\]/gu, '?').slice(0, MAX_VERSION);
  return JSON.stringify({ revision, digest, url, version, time }).slice(0, -1);
}
