// A Docker engine of our own, with images made here: gone with this process, containers and mounts included.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { makeCertificates } from './certificates.ts';
import { startChild, untilReady, type Child } from './child.ts';
import { callEngine, type EngineCall } from './engine-api.ts';
import { imageTar, type ImageName } from './images.ts';
import { freePort } from './port.ts';
import { noProgress, withHeartbeat, type Progress } from './progress.ts';
import { createScratch, type Scratch } from './scratch.ts';

export interface Docker {
  /** `unix://` and the path of its socket. */
  readonly host: string;
  /** Where it listens besides, by TLS: its address and what a client of it needs; only where asked for. */
  readonly secured: SecuredEngine | undefined;
  /** Imports the image, once; `run` does it by itself. */
  load(image: ImageName): Promise<void>;
  /** Starts a container, without a network. `image` may also be what `commit` made. */
  run(name: string, image: string, options?: ContainerOptions): Promise<void>;
  /** Makes an image of a container as it is now: what it holds then belongs to an image layer. */
  commit(container: string, image: string): Promise<void>;
  act(container: string, action: 'start' | 'stop' | 'restart' | 'pause' | 'unpause' | 'kill'): Promise<void>;
  /** Removes a container, running or not. */
  remove(container: string): Promise<void>;
  rename(container: string, name: string): Promise<void>;
  /** Ends the engine, and its containers with it, until `resume`. */
  pause(): Promise<void>;
  /** Starts the engine again, at the same place; its containers stay stopped. */
  resume(): Promise<void>;
  /** `pause`, then `resume`. */
  restart(): Promise<void>;
  /** Ends everything; may be called again. */
  stop(): Promise<void>;
}

export interface ContainerOptions {
  readonly binds?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  /** What its first process is; default: one that does nothing for ever. */
  readonly command?: readonly string[];
  /** The engine starts it again each time that it ends. */
  readonly keepsUp?: true;
}

/** `host` is `tcp://127.0.0.1:<port>`; PEM each. */
export interface SecuredEngine {
  readonly host: string;
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

export interface DockerOptions {
  readonly onProgress?: Progress;
  readonly secured?: boolean;
}

const START_TIMEOUT_MS = 60_000;

/**
 * The machine's own containerd must not be found: the engine would run its containers there. Debian's dockerd is where
 * PATH does not always lead.
 */
const HIDE_CONTAINERD =
  '[ ! -d /run/containerd ] || mount -t tmpfs none /run/containerd; PATH=$PATH:/usr/sbin exec "$@"';

/** Control groups outlive a killed engine; this waits for the end of its stdin, then removes those below our parent. */
const CGROUP_GUARDIAN = `
cat >/dev/null
tries=0
while [ $tries -lt 100 ]; do
  find /sys/fs/cgroup -depth -type d -path "*/$1*" -exec rmdir {} + 2>/dev/null
  [ -n "$(find /sys/fs/cgroup -maxdepth 2 -type d -name "$1" 2>/dev/null)" ] || exit 0
  tries=$((tries + 1))
  sleep 0.1
done`;

/** @throws Error with the end of the engine's log, or what to install */
export async function startDocker(options: DockerOptions = {}): Promise<Docker> {
  const onProgress = options.onProgress ?? noProgress;
  const scratch = await createScratch('docker');
  const engine = new EmbeddedDocker(scratch, onProgress);
  try {
    if (options.secured === true) await engine.secure();
    await withHeartbeat(onProgress, 'starting a Docker engine', () => engine.start());
    return engine;
  } catch (error) {
    await engine.stop();
    throw error;
  }
}

class EmbeddedDocker implements Docker {
  readonly host: string;
  readonly #scratch: Scratch;
  readonly #onProgress: Progress;
  readonly #socket: string;
  readonly #loaded = new Map<string, Promise<void>>();
  secured: SecuredEngine | undefined;
  #tls: readonly string[] = [];
  #child: Child | undefined;
  #endGroups: (() => Promise<void>) | undefined;

  constructor(scratch: Scratch, onProgress: Progress) {
    this.#scratch = scratch;
    this.#onProgress = onProgress;
    this.#socket = join(scratch.path, 'docker.sock');
    this.host = `unix://${this.#socket}`;
  }

  async secure(): Promise<void> {
    const { authority, server, client } = await makeCertificates(this.#scratch.path);
    const host = `tcp://127.0.0.1:${await freePort()}`;
    this.secured = { host, ca: authority.cert, cert: client.cert, key: client.key };
    const files = { tlscacert: authority.certFile, tlscert: server.certFile, tlskey: server.keyFile };
    const flags = Object.entries(files).map(([name, file]) => `--${name}=${file}`);
    this.#tls = [`--host=${host}`, '--tlsverify', ...flags];
  }

  async start(): Promise<void> {
    const group = basename(this.#scratch.path);
    this.#endGroups ??= guardGroups(group);
    const engine = [...engineArguments(this.#scratch.path, this.host, group), ...this.#tls];
    const child = startChild({
      name: 'dockerd',
      argv: ['sh', '-c', HIDE_CONTAINERD, 'sh', ...engine],
      isolated: true,
    });
    this.#child = child;
    await untilReady(child, async () => (await this.#call('GET', '/_ping')) === 'OK', START_TIMEOUT_MS);
  }

  load(image: ImageName): Promise<void> {
    const loading = this.#loaded.get(image) ?? this.#import(image);
    this.#loaded.set(image, loading);
    return loading;
  }

  async run(name: string, image: string, options: ContainerOptions = {}): Promise<void> {
    const { binds = [], labels = {}, command = ['tail', '-f', '/dev/null'] } = options;
    const policy = options.keepsUp === true ? { RestartPolicy: { Name: 'always' } } : {};
    if (image === 'busybox' || image === 'debian') await this.load(image);
    await this.#call('POST', `/containers/create?name=${encodeURIComponent(name)}`, {
      ...{ Image: image, Cmd: command, NetworkDisabled: true, StopTimeout: 0 },
      Labels: labels,
      HostConfig: { NetworkMode: 'none', Binds: [...binds], Init: false, ...policy },
    });
    await this.act(name, 'start');
  }

  async commit(container: string, image: string): Promise<void> {
    await this.#call('POST', `/commit?container=${encodeURIComponent(container)}&repo=${image}`, {});
  }

  async act(container: string, action: string): Promise<void> {
    const query = action === 'stop' || action === 'restart' ? '?t=0' : '';
    await this.#call('POST', `/containers/${encodeURIComponent(container)}/${action}${query}`);
  }

  async remove(container: string): Promise<void> {
    await this.#call('DELETE', `/containers/${encodeURIComponent(container)}?force=1&v=1`);
  }

  async rename(container: string, name: string): Promise<void> {
    const query = `?name=${encodeURIComponent(name)}`;
    await this.#call('POST', `/containers/${encodeURIComponent(container)}/rename${query}`);
  }

  async pause(): Promise<void> {
    await this.#child?.stop(0);
  }

  async resume(): Promise<void> {
    // As after a reboot: a process number noted there may be another process's in the new namespace.
    for (const name of ['pid', 'run']) {
      await rm(join(this.#scratch.path, name), { recursive: true, force: true });
    }
    await this.start();
  }

  async restart(): Promise<void> {
    await this.pause();
    await this.resume();
  }

  async stop(): Promise<void> {
    // At once: asked gently, it would wait for each container.
    await this.#child?.stop(0);
    await this.#endGroups?.();
    await this.#scratch.remove();
  }

  async #import(image: ImageName): Promise<void> {
    const body = createReadStream(await imageTar(image, this.#onProgress));
    await this.#call('POST', `/images/create?fromSrc=-&repo=${image}`, body);
  }

  #call(method: EngineCall['method'], path: string, body?: EngineCall['body']): Promise<string> {
    return callEngine(this.#socket, { method, path, ...(body === undefined ? {} : { body }) });
  }
}

function engineArguments(folder: string, host: string, group: string): string[] {
  const places = {
    'data-root': join(folder, 'data'),
    'exec-root': join(folder, 'run'),
    pidfile: join(folder, 'pid'),
    host,
    'cgroup-parent': `/${group}`,
  };
  const fixed = ['--bridge=none', '--iptables=false', '--ip6tables=false', '--log-level=warn'];
  return ['dockerd', ...Object.entries(places).map(([name, value]) => `--${name}=${value}`), ...fixed];
}

function guardGroups(group: string): () => Promise<void> {
  const guardian = spawn('sh', ['-c', CGROUP_GUARDIAN, 'sh', group], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const gone = once(guardian, 'exit');
  // A guardian that has ended already: there is nothing left to say to it.
  guardian.stdin.on('error', () => undefined);
  guardian.unref();
  return async () => {
    guardian.ref();
    guardian.stdin.end();
    await gone;
  };
}
