// What a kubeconfig says of TLS and of who we are, as options of requests.
import { readFile } from 'node:fs/promises';
import type https from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import { textOf, type Fields, type Kubeconfig } from './kubeconfig.ts';

/** What a request needs besides its own; `headers` are for merging into the request's own. */
export interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  readonly options: https.RequestOptions;
}

export class Granter {
  readonly #config: Kubeconfig;
  #library: Promise<KubeConfig> | undefined;

  constructor(config: Kubeconfig) {
    this.#config = config;
  }

  /** Files are read anew each time, as tokens and certificates are replaced while we run. @throws Error */
  async grant(): Promise<Credentials> {
    return needsLibrary(this.#config) ? this.#ask() : read(this.#config);
  }

  /**
   * Credential plugins, the providers of old and proxies are known to the library, which takes 70 MiB: so it is
   * loaded only for those. It keeps what a plugin has answered until that expires.
   */
  async #ask(): Promise<Credentials> {
    const config = await (this.#library ??= loadLibrary(this.#config));
    const headers: Record<string, string> = {};
    const options: https.RequestOptions = { headers };
    await config.applyToHTTPSOptions(options);
    // Only behind a proxy is the agent made from the configuration of use to us: ours keep connections open, and
    // tell them apart by certificate, so that new credentials never travel over a connection made with old ones.
    if (this.#config.cluster['proxy-url'] === undefined) delete options.agent;
    return { headers, options };
  }
}

function needsLibrary({ cluster, user }: Kubeconfig): boolean {
  return [cluster['proxy-url'], user['exec'], user['auth-provider']].some(
    (value) => value !== undefined && value !== null && value !== '',
  );
}

async function loadLibrary({ cluster, user }: Kubeconfig): Promise<KubeConfig> {
  const library = await import('@kubernetes/client-node');
  const config = new library.KubeConfig();
  const [name, context] = ['current', { cluster: 'current', user: 'current' }];
  config.loadFromString(
    JSON.stringify({
      clusters: [{ name, cluster }],
      users: [{ name, user }],
      contexts: [{ name, context }],
      'current-context': name,
    }),
  );
  return config;
}

/** In which order the fields count is client-go's: data before files, but a token's file before the token. */
async function read({ cluster, user }: Kubeconfig): Promise<Credentials> {
  const options: https.RequestOptions = {
    ca: await contentOf(cluster, 'certificate-authority'),
    cert: await contentOf(user, 'client-certificate'),
    key: await contentOf(user, 'client-key'),
    servername: textOf(cluster, 'tls-server-name'),
    ...(cluster['insecure-skip-tls-verify'] === true ? { rejectUnauthorized: false } : {}),
  };
  const [authorization, other] = [await authorizationOf(user), textOf(user, 'as')];
  const headers = {
    ...(authorization === undefined ? {} : { Authorization: authorization }),
    ...(other === undefined ? {} : { 'Impersonate-User': other }),
  };
  return { headers, options };
}

async function contentOf(fields: Fields, name: string): Promise<Buffer | undefined> {
  const data = textOf(fields, `${name}-data`);
  if (data !== undefined) return Buffer.from(data, 'base64');
  const file = textOf(fields, name);
  return file === undefined ? undefined : readFile(file);
}

async function authorizationOf(user: Fields): Promise<string | undefined> {
  const file = textOf(user, 'tokenFile');
  const token = file === undefined ? textOf(user, 'token') : (await readFile(file, 'utf8')).trim();
  if (token !== undefined) return `Bearer ${token}`;
  const name = textOf(user, 'username');
  if (name === undefined) return undefined;
  return `Basic ${Buffer.from(`${name}:${textOf(user, 'password') ?? ''}`).toString('base64')}`;
}
