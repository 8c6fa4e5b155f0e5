// A child process that never outlives this one: a guardian ends it, with its descendants, when we are gone.
import { spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { Tail } from './tail.ts';

/**
 * The guardian holds the read end of a pipe from us. A line there is a request to end the child gently; its end,
 * which the kernel brings about even when we are killed, ends the child's process group at once.
 */
const GUARDIAN = `
exec 3<&0
setsid "$@" </dev/null 3<&- &
child=$!
( while read -r line <&3; do kill -TERM "-$child" || kill -TERM "$child"; done; kill -KILL "-$child" "$child" ) >/dev/null 2>&1 &
watcher=$!
exec 3<&-
wait "$child"
code=$?
kill "$watcher" 2>/dev/null
kill -KILL "-$child" 2>/dev/null
exit "$code"`;

/** A shell as the first process of the namespace takes in the orphans. */
const NAMESPACE = [
  'unshare',
  '--mount',
  '--pid',
  '--fork',
  '--kill-child',
  '--mount-proc',
  '--',
  'sh',
  '-c',
  '"$@"; exit $?',
  'sh',
] as const;

export interface ChildOptions {
  /** For messages. */
  readonly name: string;
  readonly argv: readonly [string, ...string[]];
  /** The whole environment; without it ours. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /**
   * In PID and mount namespaces of its own (Linux, root): its end is also the end of descendants that left its
   * process group, and of every mount they made.
   */
  readonly isolated?: boolean;
  /** Is given everything it writes to stdout and stderr, as it comes. */
  readonly onOutput?: (chunk: Buffer) => void;
}

export interface Child {
  readonly name: string;
  /** The exit code once it has ended; a program ended by a signal gives 128 + signal. */
  readonly exitCode: number | undefined;
  /** Resolves, and never rejects, when the child and its process group are gone. */
  readonly exited: Promise<void>;
  /** The last 16 KiB of what it wrote to stdout and stderr. */
  log(): string;
  /** Asks it to end, and makes it end after `graceMs`; 0 ends it at once. May be called again. */
  stop(graceMs: number): Promise<void>;
}

/** How long after its exit a program's output is still waited for. */
const LAST_WORDS_MS = 1_000;

export function startChild(options: ChildOptions): Child {
  const guardian = spawn(
    'sh',
    ['-c', GUARDIAN, 'sh', ...(options.isolated === true ? NAMESPACE : []), ...options.argv],
    {
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
      ...(options.env === undefined ? {} : { env: { ...options.env } }),
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    },
  );
  const tail = new Tail();
  const hear = (chunk: Buffer): void => {
    tail.add(chunk);
    options.onOutput?.(chunk);
  };
  guardian.stdout.on('data', hear);
  guardian.stderr.on('data', hear);
  // Writing to a child that has just ended is no failure: `exited` tells.
  guardian.stdin.on('error', () => undefined);
  let exitCode: number | undefined;
  const exited = new Promise<void>((resolve) => {
    guardian.once('error', (error) => {
      tail.add(Buffer.from(error.message));
      exitCode ??= 127;
      resolve();
    });
    guardian.once('exit', (code) => {
      exitCode ??= code ?? 137;
      // A descendant that left the group may hold the pipes open for ever.
      setTimeout(resolve, LAST_WORDS_MS).unref();
    });
    guardian.once('close', () => {
      resolve();
    });
  });
  return {
    name: options.name,
    get exitCode() {
      return exitCode;
    },
    exited,
    log: () => tail.text(),
    stop: async (graceMs) => {
      if (exitCode === undefined && graceMs > 0) {
        guardian.stdin.write('end\n');
        await settledWithin(exited, graceMs);
      }
      guardian.stdin.end();
      await exited;
    },
  };
}

const POLL_MS = 50;

/**
 * Waits until `isReady` answers true; an answer that throws counts as "not yet".
 * @throws Error with the end of the log when the child ends before, or is not ready after `timeoutMs`
 */
export async function untilReady(
  child: Child,
  isReady: (signal: AbortSignal) => Promise<boolean>,
  timeoutMs: number,
): Promise<void> {
  const deadline = AbortSignal.timeout(timeoutMs);
  let last = '';
  while (!deadline.aborted) {
    if (child.exitCode !== undefined) {
      throw new Error(
        `${child.name} ended with exit code ${child.exitCode} at its start${last}; ${ending(child)}`,
      );
    }
    try {
      if (await isReady(deadline)) {
        return;
      }
    } catch (error) {
      last = `; last answer: ${String(error)}`;
    }
    await delay(POLL_MS);
  }
  throw new Error(`${child.name} was not ready after ${timeoutMs / 1_000} s${last}; ${ending(child)}`);
}

function ending(child: Child): string {
  return `the end of its log:\n${child.log()}`;
}

/** Resolves when `done` does, or after `ms`. */
async function settledWithin(done: Promise<void>, ms: number): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms);
    void done.then(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
