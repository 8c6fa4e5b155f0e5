// `spec.source.url`: from its text to where content comes from. Nothing is asked and nothing is looked at.
import { isAbsolute, join, relative, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { printable } from '../bundle/printable.ts';
import { PermanentError } from '../errors.ts';
import { hostOf, matchesHost, showHost } from './host.ts';
import { problemOfRef, shaOf } from './ref-name.ts';
import type { RefSelector, SourceLocation } from './source.ts';
import { isSSH, sshRepository } from './ssh-url.ts';
import { parseTrack } from './track.ts';

export interface URLOptions {
  /** What `github://` stands for, without a slash at the end. */
  readonly githubBaseURL: string;
  /** Patterns of the hosts that may be asked; empty: any. */
  readonly sourceHosts: readonly string[];
  /** Folders below which `file://` may point; absolute. */
  readonly fileSourceRoots: readonly string[];
  /** The folder of `local://` plugins; undefined where there is none. */
  readonly localCatalog: string | undefined;
}

const MAX_URL_CHARACTERS = 2048;
const GITHUB_NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/;
const LOCAL_NAME = /^[a-z0-9][a-z0-9._-]{0,127}$/;

/**
 * @param url one of the forms of `spec.source.url`, with or without `#ref`
 * @throws PermanentError `InvalidURL`, or `NotPermitted` for a place that this controller may not read
 */
export function parseSourceURL(url: string, options: URLOptions): SourceLocation {
  if (url.length > MAX_URL_CHARACTERS) throw invalid(url, `is longer than ${MAX_URL_CHARACTERS} characters`);
  if (/[\s\p{Cc}]/u.test(url)) throw invalid(url, 'holds white space or control characters');
  const hash = url.indexOf('#');
  const place = parsePlace(hash === -1 ? url : url.slice(0, hash), options);
  checkHost(place.repository, url, options);
  if (hash === -1) return place;
  if (place.kind === 'local') throw invalid(url, 'has a #ref, but a local plugin has no refs');
  return { ...place, ref: parseRef(url.slice(hash + 1), url) };
}

function parsePlace(url: string, options: URLOptions): SourceLocation {
  if (isSSH(url)) return { kind: 'git', repository: secureShellRepository(url) };
  switch (/^([a-z]+):\/\//i.exec(url)?.[1]?.toLowerCase() ?? '') {
    case 'github':
      return { kind: 'git', repository: githubRepository(url, options) };
    case 'http':
    case 'https':
      return { kind: 'git', repository: webRepository(url) };
    case 'file':
      return { kind: 'git', repository: fileRepository(url, options) };
    case 'local':
      return { kind: 'local', repository: localName(url, options) };
    default:
      throw invalid(
        url,
        'is none of github://owner/repo, https://…, http://…, ssh://…, git@host:…, file:///…, local://name',
      );
  }
}

function githubRepository(url: string, { githubBaseURL }: URLOptions): string {
  const [owner = '', name = '', ...more] = url.slice('github://'.length).split('/');
  if (more.length > 0 || !GITHUB_NAME.test(owner) || !GITHUB_NAME.test(name)) {
    throw invalid(url, 'is no github://owner/repo');
  }
  return `${githubBaseURL.replace(/\/+$/, '')}/${owner}/${name}`;
}

function secureShellRepository(url: string): string {
  const repository = sshRepository(url);
  if (repository !== undefined) return repository;
  throw invalid(url, 'is no ssh://[user@]host[:port]/path and no user@host:path, without a password');
}

/** @throws PermanentError `NotPermitted` */
function checkHost(repository: string, url: string, { sourceHosts }: URLOptions): void {
  const host = hostOf(repository);
  if (host === undefined || sourceHosts.length === 0) return;
  if (sourceHosts.some((pattern) => matchesHost(pattern, host))) return;
  throw new PermanentError(
    'NotPermitted',
    `the url ${shown(url)} is on ${showHost(host)}, which this controller may not ask; ask its operator for a --source-host`,
  );
}

/** Host and scheme in lower case, no default port, no slash at the end. */
function webRepository(url: string): string {
  const parsed = URL.parse(url);
  if (parsed === null) throw invalid(url, 'cannot be parsed');
  if (parsed.username !== '' || parsed.password !== '') {
    throw invalid(
      url,
      'holds credentials, which would be shown to everybody who reads the object; remove them',
    );
  }
  if (parsed.search !== '') throw invalid(url, 'has a query, which no git server asks for');
  const path = parsed.pathname.replace(/\/+$/, '');
  if (path === '') throw invalid(url, 'names a server, but no repository on it');
  return `${parsed.protocol}//${parsed.host}${path}`;
}

function fileRepository(url: string, { fileSourceRoots }: URLOptions): string {
  const path = filePath(url).replace(/\/+$/, '');
  if (fileSourceRoots.some((root) => isBelow(path, root))) return pathToFileURL(path).href;
  throw new PermanentError(
    'NotPermitted',
    `the url ${shown(url)} is below no folder that this controller may read; ask its operator for a --file-source-root`,
  );
}

function filePath(url: string): string {
  try {
    // Joining takes `..` and doubled slashes out.
    return join(fileURLToPath(url), '.');
  } catch {
    throw invalid(url, 'is no file:///absolute/path');
  }
}

function localName(url: string, { localCatalog }: URLOptions): string {
  const name = url.slice('local://'.length);
  if (localCatalog === undefined) {
    throw new PermanentError(
      'NotPermitted',
      `the url ${shown(url)} needs a controller with a --local-catalog`,
    );
  }
  if (!LOCAL_NAME.test(name) || name.includes('..')) {
    throw invalid(url, 'names no plugin: lower case letters, digits, ".", "_", "-"');
  }
  return `local://${name}`;
}

/** True for what is inside the folder, and not the folder itself. Both absolute. */
export function isBelow(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

function parseRef(text: string, url: string): RefSelector {
  const sha = shaOf(text);
  if (sha !== undefined) return { kind: 'sha', sha };
  if (/^(tag|branch|sha):/.test(text)) return prefixed(text, url);
  const problem = problemOfRef(text);
  if (problem !== undefined) throw invalid(url, `has a #ref that ${problem}`);
  return { kind: 'any', name: text };
}

function prefixed(text: string, url: string): RefSelector {
  try {
    const track = parseTrack(text);
    if (track.kind !== 'none') return track;
  } catch (error) {
    if (!(error instanceof PermanentError)) throw error;
  }
  throw invalid(url, 'has a #ref that is none of tag:<name>, branch:<name>, sha:<full SHA>');
}

function invalid(url: string, problem: string): PermanentError {
  return new PermanentError('InvalidURL', `the url ${shown(url)} ${problem}`);
}

/** What stands where credentials stand is never shown. */
function shown(url: string): string {
  return printable(url.replace(/\/\/[^/]*@/, '//…@').replace(/^[^/]*@/, '…@'));
}
