// Where the API server is and who we are: configuration, credentials and pooled connections.
import { existsSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { untilAborted } from '../deadline.ts';
import { PermanentError, messageOf } from '../errors.ts';
import { Granter, type Credentials } from './credentials.ts';
import { readKubeconfig, readServiceAccount, type Kubeconfig } from './kubeconfig.ts';

/** Every pod that has a service account finds it here. */
const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/** The API server's name in every cluster. */
const USUAL_SERVER = 'https://kubernetes.default.svc';

/** Tokens and certificates in files are read again after this long; milliseconds. */
const CREDENTIALS_MAX_AGE_MS = 30_000;

/** Calls open at once; further ones wait their turn. Watches are counted apart, so that they starve no call. */
const MAX_CALLS = 64;

/** Unused connections are closed before the server does (90 s), so that no request is sent into a closing one. */
const IDLE_CONNECTION_MS = 60_000;

/** What a request needs: base URL, credentials, TLS settings and the pool to take a connection from. */
export interface Access extends Credentials {
  readonly server: string;
}

/** Where to find the way. */
export interface ConnectionConfig {
  /** Path of a kubeconfig; undefined: the pod's service account, else the one in the home folder. */
  readonly kubeconfig: string | undefined;
  /** URL at which a pod reaches the API server; undefined: by its usual name. */
  readonly inClusterServer?: string | undefined;
}

export interface Pools {
  readonly call: http.Agent;
  readonly watch: http.Agent;
}

export class Connection {
  readonly #source: ConnectionConfig;
  #config: Kubeconfig;
  #granter: Granter;
  /** Its time is of the clock that nobody sets. */
  #access: { readonly granted: Promise<Access>; readonly time: number } | undefined;
  readonly pools: Pools;

  /** @throws PermanentError `InvalidConfiguration` when there is no usable configuration */
  constructor(source: ConnectionConfig) {
    this.#source = source;
    this.#config = loadConfig(source);
    this.#granter = new Granter(this.#config);
    const secure = this.#config.server.startsWith('https:');
    const settings = { keepAlive: true, timeout: IDLE_CONNECTION_MS };
    const pool = (maxSockets: number): http.Agent =>
      secure ? new https.Agent({ ...settings, maxSockets }) : new http.Agent({ ...settings, maxSockets });
    this.pools = { call: pool(MAX_CALLS), watch: pool(Infinity) };
  }

  get host(): string {
    return new URL(this.#config.server).host;
  }

  /** Credentials that are at most half a minute old; asked for once, however many wait for them. */
  access(signal: AbortSignal): Promise<Access> {
    const known = this.#access;
    if (known !== undefined && performance.now() - known.time < CREDENTIALS_MAX_AGE_MS) {
      return untilAborted(known.granted, signal);
    }
    const granted = this.#grant();
    const entry = { granted, time: performance.now() };
    this.#access = entry;
    granted.catch(() => {
      if (this.#access === entry) this.#access = undefined;
    });
    return untilAborted(granted, signal);
  }

  /** The server refused our credentials: the next request starts from the configuration again. */
  renew(): void {
    this.#access = undefined;
    this.#config = loadConfig(this.#source);
    this.#granter = new Granter(this.#config);
  }

  close(): void {
    this.pools.call.destroy();
    this.pools.watch.destroy();
  }

  async #grant(): Promise<Access> {
    const { server } = this.#config;
    return { server, ...(await this.#granter.grant()) };
  }
}

/**
 * The namespace that we belong to: the pod's, or that of the kubeconfig's context, else `default`.
 * @throws PermanentError `InvalidConfiguration`
 */
export function ownNamespace(kubeconfig: string | undefined): string {
  return loadConfig({ kubeconfig }).namespace ?? 'default';
}

function loadConfig({ kubeconfig, inClusterServer = USUAL_SERVER }: ConnectionConfig): Kubeconfig {
  try {
    if (kubeconfig !== undefined) return readKubeconfig(kubeconfig);
    if (existsSync(join(SERVICE_ACCOUNT, 'token')))
      return readServiceAccount(SERVICE_ACCOUNT, inClusterServer);
    return readKubeconfig(join(homedir(), '.kube', 'config'));
  } catch (error) {
    const source = kubeconfig ?? 'the default places';
    throw new PermanentError(
      'InvalidConfiguration',
      `No usable Kubernetes configuration in ${source}: ${messageOf(error)}`,
      { cause: error },
    );
  }
}
