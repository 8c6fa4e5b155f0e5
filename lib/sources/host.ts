// Which host a repository is on, and which hosts a pattern means.
import { isIPv4 } from 'node:net';

export interface Host {
  /** In lower case; an IPv6 address in brackets. */
  readonly name: string;
  readonly port: number;
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'https:': 443, 'http:': 80, 'ssh:': 22 };
/** `git@host:path`: ssh without saying so. */
const SHORT_SSH = /^[^/:@]+@(\[[^\]]+\]|[^/:@]+):/;
const PATTERN = /^(?<name>\*|(\*\.)?[a-z0-9]([a-z0-9._-]*[a-z0-9])?|\[[0-9a-f:.]+\])(:(?<port>[0-9]{1,5}))?$/;

/** @param repository as `SourceLocation` has it; undefined for one that is on no host */
export function hostOf(repository: string): Host | undefined {
  const short = SHORT_SSH.exec(repository)?.[1];
  if (short !== undefined) return { name: short.toLowerCase(), port: 22 };
  const url = URL.parse(repository);
  const fallback = DEFAULT_PORTS[url?.protocol ?? ''];
  if (url === null || fallback === undefined) return undefined;
  return { name: url.hostname.toLowerCase(), port: url.port === '' ? fallback : Number(url.port) };
}

/** `git.example.org`, `*.example.org` (whatever is below it), `*`; each with `:port` to mean that port alone. */
export function isHostPattern(text: string): boolean {
  return PATTERN.test(text.toLowerCase());
}

/** False for a text that is no pattern. */
export function matchesHost(pattern: string, { name, port }: Host): boolean {
  const parts = PATTERN.exec(pattern.toLowerCase())?.groups;
  const wanted = parts?.['name'];
  if (wanted === undefined) return false;
  if (parts?.['port'] !== undefined && Number(parts['port']) !== port) return false;
  return wanted === '*' || wanted === name || (wanted.startsWith('*.') && name.endsWith(wanted.slice(1)));
}

/** What is sent there leaves this machine never. */
export function isLoopback({ name }: Host): boolean {
  if (name === '[::1]' || name === 'localhost' || name.endsWith('.localhost')) return true;
  return isIPv4(name) && name.startsWith('127.');
}

export function showHost({ name, port }: Host): string {
  return `${name}:${port}`;
}
