// Takes credentials out of what others say: a server may repeat what it was sent.
import type { Credentials } from './credentials.ts';

const HIDDEN = '***';
/** A line of a key that is shorter gives nothing away, and might be an ordinary word. */
const MIN_KEY_LINE = 16;

/** What is shorter is hidden only where it stands by itself: single letters taken out of words would leave none to read. */
const MIN_ANYWHERE = 4;
/** A name that holds something shorter holds it by chance. */
const MIN_IN_NAME = 8;

/** A function from text to text without any of these credentials, in whatever form they travel. */
export function redactor(credentials: Credentials | undefined): (text: string) => string {
  const secrets = credentials === undefined ? [] : secretsOf(credentials);
  // The longest first, so that no part of one is left standing beside what a shorter one took out.
  const ordered = secrets
    .filter((secret) => secret.length >= MIN_ANYWHERE)
    .sort((a, b) => b.length - a.length);
  const words = secrets.filter((secret) => secret !== '' && secret.length < MIN_ANYWHERE).map(standingAlone);
  const hide = (text: string): string =>
    ordered.reduce((hidden, secret) => hidden.replaceAll(secret, HIDDEN), text);
  return (text) => words.reduce((hidden, word) => hidden.replaceAll(word, HIDDEN), hide(text));
}

/** Whether the name of a branch or tag holds any of these credentials. */
export function revealer(credentials: Credentials | undefined): (name: string) => boolean {
  const secrets = credentials === undefined ? [] : secretsOf(credentials);
  const long = secrets.filter((secret) => secret.length >= MIN_IN_NAME);
  return (name) => long.some((secret) => name.includes(secret));
}

function standingAlone(secret: string): RegExp {
  const literal = secret.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  return new RegExp(`(?<![\\p{L}\\p{N}])${literal}(?![\\p{L}\\p{N}])`, 'gu');
}

function secretsOf({ login, identity }: Credentials): string[] {
  const key = identity?.split(/\r?\n/).filter((line) => line.length >= MIN_KEY_LINE && !line.startsWith('-'));
  return [...(key ?? []), ...(login === undefined ? [] : loginSecrets(login))];
}

function loginSecrets(login: NonNullable<Credentials['login']>): readonly string[] {
  if (login.kind === 'Bearer') return formsOf(login.token);
  const { username, password } = login;
  // Tokens are given as the user's name, too, with no password or a well-known one.
  const isToken = password === '' || password === 'x-oauth-basic';
  return [
    ...formsOf(password),
    ...(isToken ? formsOf(username) : []),
    Buffer.from(`${username}:${password}`).toString('base64'),
  ];
}

function formsOf(secret: string): readonly string[] {
  return [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64')];
}
