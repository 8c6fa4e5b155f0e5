// Runs one command as a child of the controller, in a process group that ends with it.
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { constants } from 'node:os';
import type { Readable } from 'node:stream';
import { PermanentError, TransientError } from '../errors.ts';
import { withDeadline } from './deadline.ts';
import { feed } from './feed.ts';
import { CappedOutput } from './output.ts';
import type { Command, CommandResult, Owner } from './runtime.ts';

export interface ProcessPlace {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Undefined: the controller's own user. */
  readonly owner: Owner | undefined;
}

/** How long a killed process may take until its streams close; milliseconds. */
const END_MS = 2_000;

/** As `Runtime.run`. */
export async function runProcess(command: Command, place: ProcessPlace): Promise<CommandResult> {
  return withDeadline(command, async (signal) => {
    const child = start(command, place);
    const closed = whenClosed(child);
    closed.catch(() => undefined);
    const end = (): void => {
      killGroup(child);
    };
    signal.addEventListener('abort', end, { once: true });
    try {
      return await converse(child, command, closed);
    } catch (error) {
      killGroup(child);
      await Promise.race([closed.catch(() => undefined), unreferencedDelay(END_MS)]);
      throw error;
    } finally {
      signal.removeEventListener('abort', end);
      for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy();
    }
  });
}

function start(
  { argv: [program, ...rest] }: Command,
  { cwd, env, owner }: ProcessPlace,
): ChildProcessWithoutNullStreams {
  return spawn(program, rest, {
    ...{ cwd, env, detached: true, stdio: 'pipe' },
    ...(owner === undefined ? {} : { uid: owner.uid, gid: owner.gid }),
  });
}

async function converse(
  child: ChildProcessWithoutNullStreams,
  command: Command,
  closed: Promise<number>,
): Promise<CommandResult> {
  const fed = feed(command.stdin, child.stdin);
  fed.catch(() => undefined);
  const [exitCode, stdout, stderr] = await Promise.all([
    closed,
    collect(child.stdout),
    collect(child.stderr),
    Promise.race([fed, closed]),
  ]);
  return { exitCode, stdout, stderr };
}

async function collect(from: Readable): Promise<Buffer> {
  const output = new CappedOutput();
  for await (const chunk of from) {
    if (Buffer.isBuffer(chunk)) output.push(chunk);
  }
  return output.toBuffer();
}

/** The exit code, once the process has ended and its streams have closed. */
function whenClosed(child: ChildProcessWithoutNullStreams): Promise<number> {
  const closed = Promise.withResolvers<number>();
  child.once('error', (error) => {
    closed.reject(startFailure(error, child.spawnfile));
  });
  child.once('close', (code, signal) => {
    closed.resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
  });
  return closed.promise;
}

function startFailure(error: NodeJS.ErrnoException, program: string): Error {
  if (error.code === 'ENOENT') {
    return new PermanentError('TargetToolMissing', `the workspace has no ${program}; install it there`);
  }
  const message = `${program} cannot be started in the workspace: ${error.message}`;
  return new TransientError('WorkspaceUnreachable', message, { cause: error });
}

function killGroup(child: ChildProcessWithoutNullStreams): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch (error) {
    // ESRCH: the whole group has ended by itself.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

function unreferencedDelay(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
