// What an answer of the API server that is no success means for us: one place maps its codes to our errors.
import { PermanentError, TransientError, messageOf } from '../errors.ts';

/** Longest wait that we let the server ask of us; milliseconds. */
const MAX_RETRY_AFTER_MS = 5 * 60_000;

/** Longest piece of the server's own words in a message. */
const MAX_QUOTE = 512;

/** A `Status` object of the API, or what could be read of one. */
export interface ServerStatus {
  readonly code: number;
  readonly message: string;
  /** The object it speaks of; undefined where the server knows no such path at all. */
  readonly object: string | undefined;
  readonly retryAfterMs: number | undefined;
}

/** The kind is served, but there is no such object. */
export class ObjectMissingError extends PermanentError {}

/**
 * Reads a `Status` from a body or from an ERROR event of a watch; anything else is quoted as text.
 * @param code the HTTP code, used where the body names none
 * @param retryAfter the header of that name: seconds or an HTTP date
 */
export function readStatus(body: unknown, code: number, retryAfter?: string): ServerStatus {
  const status = isRecord(body) ? body : {};
  const details = isRecord(status['details']) ? status['details'] : {};
  const seconds = details['retryAfterSeconds'];
  return {
    code: typeof status['code'] === 'number' ? status['code'] : code,
    message: quote(typeof status['message'] === 'string' ? status['message'] : body),
    object: typeof details['name'] === 'string' ? details['name'] : undefined,
    retryAfterMs:
      parseRetryAfter(retryAfter) ?? (typeof seconds === 'number' ? bound(seconds * 1000) : undefined),
  };
}

/** @param request what was asked, such as `PATCH /api/v1/…` */
export function errorOf(request: string, status: ServerStatus): PermanentError | TransientError {
  const message = `The API server answered ${status.code} to ${request}: ${status.message}`;
  const wait = status.retryAfterMs === undefined ? {} : { retryAfterMs: status.retryAfterMs };
  switch (status.code) {
    case 403:
      return new PermanentError('Forbidden', `${message}. Grant the controller this right.`);
    case 404:
      return new (status.object === undefined ? PermanentError : ObjectMissingError)('NotFound', message);
    case 409:
      return new TransientError('Conflict', message, wait);
    case 410:
      return new TransientError('Expired', message);
    case 401:
    case 408:
    case 425:
    case 429:
      return new TransientError('APIUnavailable', message, wait);
    default:
      return status.code >= 500 || status.code < 400
        ? new TransientError('APIUnavailable', message, wait)
        : new PermanentError('Invalid', message);
  }
}

/** A request that got no whole answer: connection refused or lost, deadline over, an answer that cannot be read. */
export function unreachable(request: string, cause: unknown): TransientError {
  return new TransientError(
    'APIUnavailable',
    `No answer from the API server to ${request}: ${messageOf(cause)}`,
    {
      cause,
    },
  );
}

function parseRetryAfter(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d+$/.test(header)) return bound(Number(header) * 1000);
  const time = Date.parse(header);
  return Number.isNaN(time) ? undefined : bound(time - Date.now());
}

function bound(ms: number): number {
  return Math.min(Math.max(ms, 0), MAX_RETRY_AFTER_MS);
}

function quote(body: unknown): string {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return text.trim().slice(0, MAX_QUOTE);
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
