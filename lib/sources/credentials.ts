// What a Secret holds for a source: how its entries are read, and where they may be sent.
import { TransientError } from '../errors.ts';

/** Held no longer than one request upstream takes. */
export interface Credentials {
  /** For messages: `Secret team/creds`. */
  readonly origin: string;
  /** Patterns of the hosts that it is for; undefined: it does not say. */
  readonly hosts: readonly string[] | undefined;
  /** For http: basic, or a bearer token. */
  readonly login: Login | undefined;
  /** Certificates in PEM, believed instead of the machine's own. */
  readonly authority: string | undefined;
  /** For ssh: a private key without a passphrase, and the hosts it may meet. */
  readonly identity: string | undefined;
  readonly knownHosts: string | undefined;
}

export type Login =
  | { readonly kind: 'Basic'; readonly username: string; readonly password: string }
  | { readonly kind: 'Bearer'; readonly token: string };

/** Where credentials are, without what they are. */
export interface CredentialsRef {
  /** Those who have the same share polls and content. */
  readonly key: string;
  /**
   * Reads them anew. Called for each request upstream, so that a changed Secret is noticed, and for no other.
   * @throws TransientError `AuthFailed`, `FetchFailed`
   */
  read(signal: AbortSignal): Promise<Credentials>;
}

/** The key that objects without credentials have. */
export const ANONYMOUS = '';

/** A request's share of what is cached: who asks with other credentials may see other things. */
export function credentialsKey(credentials: CredentialsRef | undefined): string {
  return credentials?.key ?? ANONYMOUS;
}

export interface SecretContent {
  readonly origin: string;
  readonly data: ReadonlyMap<string, string>;
  /** The annotation that names hosts, as it stands. */
  readonly hosts: string | undefined;
}

/**
 * Reads the entries `username` and `password`, `bearerToken`, `caFile`, `identity`, `known_hosts`. A line feed at the
 * end, which editors and `echo` leave, belongs to no password.
 * @throws TransientError `AuthFailed` that names the Secret and the entry, never what is in it
 */
export function parseCredentials({ origin, data, hosts }: SecretContent): Credentials {
  const entry = (name: string): string | undefined => nonEmpty(data.get(name));
  return {
    origin,
    hosts: hosts?.split(',').map((pattern) => pattern.trim()),
    login: parseLogin(origin, (name) => entry(name)?.replace(/\r?\n$/, '')),
    authority: entry('caFile'),
    identity: entry('identity'),
    knownHosts: entry('known_hosts'),
  };
}

function parseLogin(origin: string, entry: (name: string) => string | undefined): Login | undefined {
  const [username, password, token] = [entry('username'), entry('password'), entry('bearerToken')];
  if (token !== undefined && (username ?? password) !== undefined) {
    throw bad(origin, 'holds a bearerToken beside a username or password; remove one of the two');
  }
  if (token !== undefined) {
    if (/^[!-~]+$/.test(token)) return { kind: 'Bearer', token };
    throw bad(origin, 'has a bearerToken with characters that no header can hold; correct it');
  }
  if (username === undefined && password === undefined) return undefined;
  if (/[:\p{Cc}]/u.test(username ?? ''))
    throw bad(origin, 'has a username with a colon or control characters');
  return { kind: 'Basic', username: username ?? '', password: password ?? '' };
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

function bad(origin: string, problem: string): TransientError {
  return new TransientError('AuthFailed', `${origin} ${problem}`);
}
