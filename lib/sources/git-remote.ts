// Everything that git is told for one talk with a repository: the address, what it may speak, and with which credentials.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { PermanentError, TransientError } from '../errors.ts';
import type { Credentials, CredentialsRef } from './credentials.ts';
import { realRepository } from './file-repository.ts';
import { hostOf, isLoopback, matchesHost, showHost, type Host } from './host.ts';
import { redactor, revealer } from './redact.ts';
import { SSH_COMMAND, SSH_FOLDER } from './ssh.ts';

/** Must be disposed of: files with credentials go with it. */
export interface GitRemote extends AsyncDisposable {
  readonly url: string;
  /** Said to `ls-remote` and `fetch` before the address. */
  readonly options: readonly string[];
  /** What may be spoken, `:` between them. */
  readonly protocols: string;
  /** More of git's configuration. */
  readonly settings: readonly Setting[];
  /** More of its environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** Takes the credentials out of what git or the server says. */
  redact(text: string): string;
  /** Whether the name of a branch or tag holds credentials. */
  readonly reveals: (name: string) => boolean;
}

export type Setting = readonly [key: string, value: string];

export interface RemoteRequest {
  readonly repository: string;
  readonly credentials: CredentialsRef | undefined;
  readonly signal: AbortSignal;
}

export interface RemoteOptions {
  readonly fileSourceRoots: readonly string[];
  /** Not empty: only hosts that match may be asked, so redirects are not followed either. */
  readonly sourceHosts: readonly string[];
  /** For files with credentials; nobody else may read it. */
  readonly secretsDir: string;
}

type Parts = Pick<GitRemote, 'url' | 'protocols'> &
  Partial<Pick<GitRemote, 'options' | 'settings' | 'environment'>>;

/** The very folder that was looked through, and no other that git would try instead, such as one with `.git` added; read with as little memory as
 * here. */
const THAT_FOLDER = '--upload-pack=git -c core.bigFileThreshold=16m -c pack.threads=1 upload-pack --strict';

/**
 * Reads the credentials and makes sure that they may be used there.
 * @throws PermanentError `NotPermitted`; TransientError `AuthFailed` when the credentials lack what is needed,
 * `FetchFailed`
 */
export async function openRemote(request: RemoteRequest, options: RemoteOptions): Promise<GitRemote> {
  const { repository } = request;
  const host = hostOf(repository);
  if (host === undefined) {
    const url = pathToFileURL(await realRepository(repository, options.fileSourceRoots)).href;
    return remote({ url, protocols: 'file', options: [THAT_FOLDER] });
  }
  const credentials = await request.credentials?.read(request.signal);
  if (credentials !== undefined) checkHosts(credentials, host, repository);
  if (!/^https?:/.test(repository)) return sshRemote(repository, credentials, options);
  return webRemote({ repository, host, credentials }, options);
}

/** The folder's name differs each time and tells nobody anything; a message that changes would be written each time. */
function remote(parts: Parts, credentials?: Credentials, folder?: SecretFolder): GitRemote {
  const hide = redactor(credentials);
  return {
    options: [],
    settings: [],
    environment: {},
    ...parts,
    reveals: revealer(credentials),
    redact: (text) => hide(folder === undefined ? text : text.replaceAll(`${folder.path}/`, '')),
    [Symbol.asyncDispose]: async () => folder?.remove(),
  };
}

function checkHosts({ hosts, origin }: Credentials, host: Host, repository: string): void {
  if (hosts?.some((pattern) => matchesHost(pattern, host)) !== false) return;
  const message = `${origin} is not for ${showHost(host)}, and was not sent to ${repository}: its annotation names the hosts it is for`;
  throw new PermanentError('NotPermitted', message);
}

/**
 * A redirect is followed only where nothing is at stake: git sends to the new place what it was given for the old one.
 * It never leads from https to http.
 */
async function webRemote(
  { repository, host, credentials }: { repository: string; host: Host; credentials: Credentials | undefined },
  { secretsDir, sourceHosts }: RemoteOptions,
): Promise<GitRemote> {
  const isEncrypted = repository.startsWith('https:');
  const parts = { url: repository, protocols: isEncrypted ? 'https' : 'http:https' };
  if (credentials === undefined) {
    return remote({
      ...parts,
      settings: [['http.followRedirects', sourceHosts.length === 0 ? 'initial' : 'false']],
    });
  }
  if (!isEncrypted && !isLoopback(host)) {
    const message = `${repository} would get ${credentials.origin} unencrypted; use https, or remove spec.source.secretRef`;
    throw new PermanentError('NotPermitted', message);
  }
  const { login, authority, origin } = credentials;
  if (login === undefined && authority === undefined) {
    throw lacks(origin, 'none of username and password, bearerToken, caFile', repository);
  }
  const settings: Setting[] = login === undefined ? [] : [['http.extraHeader', headerOf(login)]];
  if (authority === undefined) return remote({ ...parts, settings }, credentials);
  const folder = await writeFiles(secretsDir, { 'ca.pem': authority });
  const all: Setting[] = [...settings, ['http.sslCAInfo', join(folder.path, 'ca.pem')]];
  return remote({ ...parts, settings: all }, credentials, folder);
}

function headerOf(login: NonNullable<Credentials['login']>): string {
  if (login.kind === 'Bearer') return `Authorization: Bearer ${login.token}`;
  return `Authorization: Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}`;
}

async function sshRemote(
  repository: string,
  credentials: Credentials | undefined,
  { secretsDir }: RemoteOptions,
): Promise<GitRemote> {
  if (credentials === undefined) {
    const message = `${repository} is reached by ssh, which needs a key: name a Secret in spec.source.secretRef`;
    throw new PermanentError('AuthFailed', message);
  }
  const { identity, knownHosts, origin } = credentials;
  if (identity === undefined) throw lacks(origin, 'no identity (a private key)', repository);
  if (knownHosts === undefined) throw lacks(origin, "no known_hosts (the server's public keys)", repository);
  const folder = await writeFiles(secretsDir, { identity, known_hosts: knownHosts });
  const environment = {
    GIT_SSH_COMMAND: SSH_COMMAND,
    GIT_SSH_VARIANT: 'ssh',
    [SSH_FOLDER]: folder.path,
  };
  return remote({ url: repository, protocols: 'ssh', environment }, credentials, folder);
}

interface SecretFolder {
  readonly path: string;
  readonly remove: () => Promise<void>;
}

/** ssh takes no key whose last line does not end. */
async function writeFiles(parent: string, files: Readonly<Record<string, string>>): Promise<SecretFolder> {
  const unusable = (error: unknown) =>
    new TransientError('FetchFailed', `the cache folder ${parent} is not usable`, { cause: error });
  const path = await mkdtemp(join(parent, 'secret-')).catch((error: unknown) => {
    throw unusable(error);
  });
  const remove = () => rm(path, { recursive: true, force: true });
  try {
    for (const [name, content] of Object.entries(files)) {
      await writeFile(join(path, name), content.endsWith('\n') ? content : `${content}\n`, { mode: 0o600 });
    }
    return { path, remove };
  } catch (error) {
    await remove();
    throw unusable(error);
  }
}

function lacks(origin: string, what: string, repository: string): TransientError {
  return new TransientError('AuthFailed', `${origin} holds ${what}, which ${repository} needs: add it`);
}
