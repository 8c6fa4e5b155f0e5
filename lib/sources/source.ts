// The contract of a source: what refs and content stand behind a URL.
import type { Bundle, Revision } from '../bundle/bundle.ts';
import type { CredentialsRef } from './credentials.ts';
import type { RetryIntervals } from './failed.ts';

/** Where a plugin comes from, as parsed from `spec.source.url`. */
export interface SourceLocation {
  readonly kind: 'git' | 'local';
  /** The URL without its `#ref`, normalised: objects with equal values share polls and content. */
  readonly repository: string;
  readonly ref?: RefSelector;
}

/** What `#ref` or `track` may name. */
export type RefSelector =
  | { readonly kind: 'any'; readonly name: string } // a tag, else a branch
  | { readonly kind: 'tag'; readonly name: string }
  | { readonly kind: 'branch'; readonly name: string }
  | { readonly kind: 'latest' }
  | { readonly kind: 'semver'; readonly range: string }
  | { readonly kind: 'sha'; readonly sha: string };

export interface Resolved {
  readonly revision: Revision;
  /** For people, at most 255 characters: `v1.2.0`, `main`, or a SHA. */
  readonly ref: string;
  /** What that is the name of: a branch moves; `revision` where nobody can make it mean something else. */
  readonly refKind: 'tag' | 'branch' | 'revision';
  /** When the source gave this answer; the next question is due one interval later. */
  readonly time: Date;
}

export interface ResolveRequest extends RetryIntervals {
  readonly repository: string;
  /** Those who name the same ones share a question; a local source has no use for them. */
  readonly credentials?: CredentialsRef | undefined;
  /** Undefined for a source without refs. */
  readonly selector: RefSelector | undefined;
  /** An answer from before this moment is not good enough. */
  readonly notOlderThan: Date;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export interface FetchRequest {
  readonly repository: string;
  /** What was fetched with some is served to those alone who name the same ones. */
  readonly credentials?: CredentialsRef | undefined;
  readonly revision: Revision;
  /** How the revision was found; servers that refuse to serve a bare SHA are asked for this ref. */
  readonly ref: string | undefined;
  /** Folder inside the repository; undefined for its root. */
  readonly path: string | undefined;
  /** How long a failure of the same fetch, whoever asked for it, is the answer; undefined: it is tried in any case. */
  readonly retry?: RetryIntervals | undefined;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * Every implementation passes the same contract suite. Failures have one of these reasons.
 * Transient: `FetchFailed` (network, timeout, server), `AuthFailed`, `RefNotFound` (somebody may mend them upstream).
 * Permanent: `InvalidURL`, `UnpinnedSource`, `NotPermitted`, `AuthFailed` where the request lacks credentials that every
 * server would want, and for a revision `InvalidContent`, `TooLarge`, `VerificationFailed`.
 */
export interface Source {
  readonly kind: SourceLocation['kind'];
  /** One request upstream serves all who ask within the interval (single flight); a `sha` selector asks nobody. */
  resolve(request: ResolveRequest): Promise<Resolved>;
  /** Checked and packed once per revision and path, then served from the cache, also when the source is down. */
  fetch(request: FetchRequest): Promise<Bundle>;
}
