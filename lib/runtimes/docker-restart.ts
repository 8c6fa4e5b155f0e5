// Starts what runs in a container again, and sees to it that it stays up for a moment, whoever has started it.
import { setTimeout as delay } from 'node:timers/promises';
import type Docker from 'dockerode';
import { TransientError } from '../errors.ts';

/**
 * A second is long enough for a first process that cannot start with what is there; what fails later is for a health check.
 * The last look alone tells whether it has ended meanwhile, as the engine begins another run; those before it tell it sooner,
 * and mostly with which exit code. Milliseconds from one to the next.
 */
const PAUSES_MS = [200, 300, 500];

type State = Docker.ContainerInspectInfo['State'];

/**
 * @param before as it ran before
 * @throws TransientError `RestartFailed` when the engine refuses, or when it has ended again within a second; whatever
 * else the engine throws
 */
export async function restartContainer(
  container: Docker.Container,
  before: State,
  abortSignal: AbortSignal,
): Promise<void> {
  const refusal = await container.restart({ abortSignal }).then(() => undefined, refusalOf);
  const { State: started } = await container.inspect({ abortSignal });
  if (refusal !== undefined && (!started.Running || started.StartedAt === before.StartedAt)) throw refusal;
  await staysUp(container, started, abortSignal);
}

/**
 * @param started as it ran first
 * @throws TransientError `RestartFailed` when it does not run, or ends within a second; whatever else the engine throws
 */
export async function staysUp(
  container: Docker.Container,
  started: State,
  abortSignal: AbortSignal,
): Promise<void> {
  refuseEnded(started, started);
  for (const pauseMs of PAUSES_MS) {
    await delay(pauseMs, undefined, { signal: abortSignal });
    refuseEnded((await container.inspect({ abortSignal })).State, started);
  }
}

/** An engine that starts it again by itself does so in another run. */
function refuseEnded(now: State, started: State): void {
  if (!now.Running || now.Restarting || now.StartedAt !== started.StartedAt) throw endedAgain(now);
}

/** What the engine itself has against a restart; any other failure is thrown. */
function refusalOf(error: unknown): TransientError {
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  if (!(error instanceof Error) || typeof status !== 'number' || status === 404) throw error;
  return failed(`the Docker engine could not start it again: ${error.message.trim()}`);
}

function endedAgain({ ExitCode, OOMKilled, Running, Restarting }: State): TransientError {
  const isUp = Running && !Restarting;
  const how = OOMKilled ? ', out of memory' : isUp ? '' : `, with exit code ${ExitCode}`;
  return failed(`what runs in the container ended right after it was started again${how}; its logs say why`);
}

function failed(message: string): TransientError {
  return new TransientError('RestartFailed', message);
}
