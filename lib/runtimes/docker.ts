// The runtime for a workspace that is a Docker container, reached through the engine's exec.
import { once } from 'node:events';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type Docker from 'dockerode';
import { PermanentError, TransientError } from '../errors.ts';
import { withDeadline } from './deadline.ts';
import { concerns, describeContainer, findContainer } from './docker-container.ts';
import type { EngineEvents } from './docker-events.ts';
import { engineFailure, type Engine } from './docker-engine.ts';
import { restartContainer, staysUp } from './docker-restart.ts';
import { FrameReader } from './docker-stream.ts';
import { feed } from './feed.ts';
import { sendScript } from './long-script.ts';
import type { Command, CommandResult, Probe, Runtime, RuntimeSpec } from './runtime.ts';

export type DockerSpec = Extract<RuntimeSpec, { kind: 'docker' }>;

const PROBE_MS = 10_000;

/** A container has its own time to stop, ten seconds unless it says otherwise; milliseconds. */
const RESTART_MS = 120_000;

/** The engine may learn of a command's end a moment after its streams; milliseconds. */
const EXIT_POLL_MS = 20;

/** One that still runs this long after its streams ended has lost its connection; milliseconds. */
const EXIT_WAIT_MS = 5_000;

/** How long the engine may take to learn that a container has ended; milliseconds. */
const STOP_WAIT_MS = 300;

export class DockerRuntime implements Runtime {
  readonly kind = 'docker';
  readonly restarts = 'Workspace';
  /** Our own restart that is under way. */
  #restarting: Promise<unknown> | undefined;
  readonly pluginsPath: string;
  readonly #spec: DockerSpec;
  readonly #engine: Engine;
  readonly #events: EngineEvents;

  constructor(spec: DockerSpec, engine: Engine, events: EngineEvents) {
    this.#spec = spec;
    this.#engine = engine;
    this.#events = events;
    this.pluginsPath = spec.pluginsPath;
  }

  async probe(signal: AbortSignal): Promise<Probe> {
    // It is down for a moment because we restart it: that is no reason to call it unreachable.
    await this.#restarting;
    return this.#call({ timeoutMs: PROBE_MS, signal }, async (abortSignal) => {
      const { Id, State } = await this.#inspectRunning(abortSignal);
      return { instance: `${Id}@${State.StartedAt}` };
    });
  }

  async run(asked: Command): Promise<CommandResult> {
    const command = sendScript(asked);
    const begun = performance.now();
    return this.#call(command, async (abortSignal) => {
      const exec = await this.#create(command, abortSignal);
      const stream = await hijack(exec, abortSignal);
      const reader = new FrameReader();
      const failure = await converse(stream, command, { reader, abortSignal });
      if (failure === undefined && !reader.isWhole) throw cutOff();
      const exitCode = await exitCodeOf(exec, abortSignal);
      if (isStartFailure(exitCode)) await this.#refuseStopped(begun, abortSignal);
      if (failure !== undefined) throw startFailure(failure, exitCode, command);
      const [stdout, stderr] = [reader.stdout.toBuffer(), reader.stderr.toBuffer()];
      refuseMissing({ exitCode, stdout, stderr }, command);
      return { exitCode, stdout, stderr };
    });
  }

  async restart(signal: AbortSignal): Promise<void> {
    const restarted = this.#restart(signal);
    const over = Promise.allSettled([restarted]);
    this.#restarting = over;
    await restarted.finally(() => {
      this.#restarting = undefined;
    });
  }

  async #restart(signal: AbortSignal): Promise<void> {
    return this.#call({ timeoutMs: RESTART_MS, signal }, async (abortSignal) => {
      const { Id, State } = await this.#inspectRunning(abortSignal);
      const docker = await this.#engine.docker();
      await restartContainer(docker.getContainer(Id), State, abortSignal);
    });
  }

  async stay(signal: AbortSignal): Promise<void> {
    return this.#call({ timeoutMs: PROBE_MS, signal }, async (abortSignal) => {
      const container = await this.#container(abortSignal);
      await staysUp(container, (await container.inspect({ abortSignal })).State, abortSignal);
    });
  }

  watch(listener: () => void): Disposable {
    return this.#events.listen(this.#engine, (event) => {
      if (event === undefined || concerns(this.#spec.container, event)) listener();
    });
  }

  async #inspectRunning(abortSignal: AbortSignal): Promise<Docker.ContainerInspectInfo> {
    const found = await this.#container(abortSignal);
    const info = await found.inspect({ abortSignal });
    const container = describeContainer(this.#spec.container);
    if (info.State.Paused) throw unreachable(`the container ${container} is paused: unpause it`);
    if (info.State.Restarting) {
      const why = `the container ${container} ends again and again, with exit code ${info.State.ExitCode}`;
      throw unreachable(`${why}, and its engine starts it each time: see its logs`);
    }
    if (!info.State.Running) throw unreachable(`the container ${container} is not running: start it`);
    return info;
  }

  /**
   * In a container that is just ending nothing can be started either; the engine learns of its end a moment later. It
   * may run again by then: how long it has been running is asked of the engine, whose clock need not be ours.
   */
  async #refuseStopped(begun: number, abortSignal: AbortSignal): Promise<void> {
    await delay(STOP_WAIT_MS, undefined, { signal: abortSignal });
    const { State } = await this.#inspectRunning(abortSignal);
    const { SystemTime } = (await (await this.#engine.docker()).info()) as { readonly SystemTime: string };
    const upMs = Date.parse(SystemTime) - Date.parse(State.StartedAt);
    if (upMs < performance.now() - begun) throw unreachable('the container was restarted as a command began');
  }

  async #container(abortSignal: AbortSignal): Promise<Docker.Container> {
    return findContainer(await this.#engine.docker(), this.#spec.container, abortSignal);
  }

  async #create({ argv }: Command, abortSignal: AbortSignal): Promise<Docker.Exec> {
    const { uid, gid } = this.#spec.owner;
    const container = await this.#container(abortSignal);
    return container.exec({
      ...{ AttachStdin: true, AttachStdout: true, AttachStderr: true, Tty: false },
      ...{ Cmd: [...argv], User: `${uid}:${gid}`, WorkingDir: '/', abortSignal },
    });
  }

  async #call<T>(
    limits: Pick<Command, 'timeoutMs' | 'signal'>,
    call: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    return withDeadline(limits, async (signal) => {
      try {
        return await call(signal);
      } catch (error) {
        throw engineFailure(error, describeContainer(this.#spec.container), this.#engine);
      }
    });
  }
}

/** For an answer that opens no stream the library has a stand-in, which throws when it is closed: the request goes instead. */
async function hijack(exec: Docker.Exec, abortSignal: AbortSignal): Promise<Socket> {
  const unwanted = new AbortController();
  const signal = AbortSignal.any([abortSignal, unwanted.signal]);
  const stream = await exec.start({ hijack: true, stdin: true, Tty: false, abortSignal: signal });
  if (stream instanceof Socket) return stream;
  unwanted.abort();
  throw unreachable('the Docker engine opened no stream for a command');
}

/** Both directions until the far end closes. Gives back, rather than throws, what was not in frames: the exit code explains it. */
async function converse(
  stream: Duplex,
  { stdin }: Command,
  { reader, abortSignal }: { reader: FrameReader; abortSignal: AbortSignal },
): Promise<Error | undefined> {
  const cut = (): void => {
    stream.destroy();
  };
  abortSignal.addEventListener('abort', cut, { once: true });
  if (abortSignal.aborted) cut();
  const closed = once(stream, 'close');
  const fed = feed(stdin, stream);
  fed.catch(() => undefined);
  try {
    const heard = hear(stream, reader);
    const [failure] = await Promise.all([heard, Promise.race([fed, heard, closed])]);
    return failure;
  } finally {
    abortSignal.removeEventListener('abort', cut);
    cut();
    closed.catch(() => undefined);
  }
}

async function hear(stream: Duplex, reader: FrameReader): Promise<Error | undefined> {
  for await (const chunk of stream) {
    if (!Buffer.isBuffer(chunk)) continue;
    try {
      reader.push(chunk);
    } catch (error) {
      if (error instanceof TransientError) return error;
      throw error;
    }
  }
  return undefined;
}

/** Read after both streams ended. */
async function exitCodeOf(exec: Docker.Exec, abortSignal: AbortSignal): Promise<number> {
  for (let waited = 0; waited < EXIT_WAIT_MS; waited += EXIT_POLL_MS) {
    const { Running, ExitCode } = await exec.inspect({ abortSignal });
    if (!Running && ExitCode !== null) return ExitCode;
    await delay(EXIT_POLL_MS, undefined, { signal: abortSignal });
  }
  throw cutOff();
}

/** A program that cannot be started is told by the engine in the place of output, with exit code 126 or 127. */
function refuseMissing({ exitCode, stdout, stderr }: CommandResult, command: Command): void {
  if (!isStartFailure(exitCode)) return;
  const said = stdout.toString('latin1') + stderr.toString('latin1');
  if (said.startsWith('OCI runtime exec failed')) throw missing(command);
}

function startFailure(failure: Error, exitCode: number, command: Command): Error {
  return isStartFailure(exitCode) ? missing(command) : failure;
}

function isStartFailure(exitCode: number): boolean {
  return exitCode === 126 || exitCode === 127;
}

function missing({ argv: [program] }: Command): PermanentError {
  return new PermanentError('TargetToolMissing', `the workspace has no ${program}; install it there`);
}

function cutOff(): TransientError {
  return unreachable('the connection to the Docker engine was cut while a command ran');
}

function unreachable(message: string): TransientError {
  return new TransientError('WorkspaceUnreachable', message);
}
