// Where the API server is and who we are: configuration, credentials and pooled connections.
import { accessSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { KubeConfig } from '@kubernetes/client-node';
import { untilAborted } from '../deadline.ts';
import { PermanentError, messageOf } from '../errors.ts';

/** Every pod that has a service account finds its token here. */
const SERVICE_ACCOUNT_TOKEN = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/** Tokens and certificates in files are read again after this long; milliseconds. */
const CREDENTIALS_MAX_AGE_MS = 30_000;

/** Calls open at once; further ones wait their turn. Watches are counted apart, so that they starve no call. */
const MAX_CALLS = 64;

/** Unused connections are closed before the server does (90 s), so that no request is sent into a closing one. */
const IDLE_CONNECTION_MS = 60_000;

/** What a request needs: base URL, credentials, TLS settings and the pool to take a connection from. */
export interface Access {
  readonly server: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly options: https.RequestOptions;
}

export interface Pools {
  readonly call: http.Agent;
  readonly watch: http.Agent;
}

export class Connection {
  readonly #kubeconfig: string | undefined;
  #config: KubeConfig;
  #access: { readonly granted: Promise<Access>; readonly time: number } | undefined;
  readonly pools: Pools;

  /** @throws PermanentError `InvalidConfiguration` when there is no usable configuration */
  constructor(kubeconfig: string | undefined) {
    this.#kubeconfig = kubeconfig;
    this.#config = loadConfig(kubeconfig);
    const secure = serverOf(this.#config).startsWith('https:');
    const settings = { keepAlive: true, timeout: IDLE_CONNECTION_MS };
    const pool = (maxSockets: number): http.Agent =>
      secure ? new https.Agent({ ...settings, maxSockets }) : new http.Agent({ ...settings, maxSockets });
    this.pools = { call: pool(MAX_CALLS), watch: pool(Infinity) };
  }

  get host(): string {
    return new URL(serverOf(this.#config)).host;
  }

  /** Credentials that are at most half a minute old; asked for once, however many wait for them. */
  access(signal: AbortSignal): Promise<Access> {
    const known = this.#access;
    if (known !== undefined && Date.now() - known.time < CREDENTIALS_MAX_AGE_MS) {
      return untilAborted(known.granted, signal);
    }
    const granted = this.#grant();
    const entry = { granted, time: Date.now() };
    this.#access = entry;
    granted.catch(() => {
      if (this.#access === entry) this.#access = undefined;
    });
    return untilAborted(granted, signal);
  }

  /** The server refused our credentials: the next request starts from the configuration again. */
  renew(): void {
    this.#access = undefined;
    this.#config = loadConfig(this.#kubeconfig);
  }

  close(): void {
    this.pools.call.destroy();
    this.pools.watch.destroy();
  }

  async #grant(): Promise<Access> {
    const headers: Record<string, string> = {};
    const options: https.RequestOptions = { headers };
    await this.#config.applyToHTTPSOptions(options);
    // Only behind a proxy is the agent made from the configuration of use to us: ours keep connections open, and
    // tell them apart by certificate, so that new credentials never travel over a connection made with old ones.
    if (this.#config.getCurrentCluster()?.proxyUrl === undefined) delete options.agent;
    return { server: serverOf(this.#config), headers, options };
  }
}

/**
 * The namespace that we belong to: the pod's, or that of the kubeconfig's context, else `default`.
 * @throws PermanentError `InvalidConfiguration`
 */
export function ownNamespace(kubeconfig: string | undefined): string {
  const config = loadConfig(kubeconfig);
  const namespace = config.getContextObject(config.getCurrentContext())?.namespace?.trim() ?? '';
  return namespace === '' ? 'default' : namespace;
}

function loadConfig(kubeconfig: string | undefined): KubeConfig {
  const config = new KubeConfig();
  try {
    if (kubeconfig !== undefined) config.loadFromFile(kubeconfig);
    else if (isInCluster()) config.loadFromCluster();
    else config.loadFromDefault();
    serverOf(config);
  } catch (error) {
    const source = kubeconfig ?? 'the default places';
    throw new PermanentError(
      'InvalidConfiguration',
      `No usable Kubernetes configuration in ${source}: ${messageOf(error)}`,
      { cause: error },
    );
  }
  return config;
}

function isInCluster(): boolean {
  try {
    accessSync(SERVICE_ACCOUNT_TOKEN);
    return true;
  } catch {
    return false;
  }
}

function serverOf(config: KubeConfig): string {
  const server = config.getCurrentCluster()?.server;
  if (server === undefined) throw new Error('it has no current context with a cluster');
  return server.replace(/\/+$/, '');
}
