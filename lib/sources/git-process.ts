// One run of git: fixed arguments, an environment of our own, capped output, and an end that takes its children along.
// git is spawned by hand, not through simple-git: that one kills git alone and leaves its transport helper hanging on
// the network, holds output of any size in memory, and reads it as UTF-8, where names of files are bytes.
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { PermanentError, TransientError } from '../errors.ts';
import { abortError } from './deadline.ts';
import { gitEnvironment, type GitTalk } from './git-environment.ts';
import { LIMITED_GIT, NO_GIT } from './git-memory.ts';

export interface GitCommand {
  readonly args: readonly string[];
  /** The bare repository it works on. */
  readonly gitDir: string;
  /** Whom it talks to; left out for a command that needs no network. */
  readonly remote?: GitTalk;
  /** Who is to blame for what git says, for messages. */
  readonly repository?: string;
  /** Ends git and all it started. */
  readonly signal: AbortSignal;
}

export interface GitResult {
  readonly exitCode: number;
  readonly stdout: Buffer;
  /** The last of it, at most 16 KiB. */
  readonly stderr: string;
}

const MAX_STDERR_BYTES = 16 * 1024;
/** Time for git to take its lock and temporary files with it. */
const GRACE_MS = 1_000;

export class GitRunner {
  readonly #searchPath: string;
  readonly #home: string;

  /** @param home an empty folder: nothing of a person's configuration, nor of any checkout around, is found from there */
  constructor({ searchPath, home }: { readonly searchPath: string; readonly home: string }) {
    this.#searchPath = searchPath;
    this.#home = home;
  }

  /**
   * Runs git to its end. A bad exit code is a result.
   * @throws PermanentError `TooLarge` when git says more than `maxBytes`, which it would say again; TransientError
   * `FetchFailed` when it cannot be started; the signal's reason
   */
  async run(command: GitCommand, maxBytes: number): Promise<GitResult> {
    await using git = this.start(command);
    git.stdin.end();
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of git.output()) {
      bytes += chunk.length;
      if (bytes > maxBytes) throw tooLong(command, maxBytes);
      chunks.push(chunk);
    }
    const exitCode = await git.exit();
    return { exitCode, stdout: Buffer.concat(chunks), stderr: git.stderr };
  }

  /** Starts git; the caller reads its output, and disposes of it. */
  start({ args, gitDir, remote, signal }: GitCommand): GitProcess {
    const env = gitEnvironment({ searchPath: this.#searchPath, home: this.#home, gitDir, remote });
    const cwd = this.#home;
    const child = spawn('/bin/sh', [...LIMITED_GIT, ...args], {
      cwd,
      env,
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    });
    return new GitProcess(child, { cwd, signal });
  }
}

/** What git works in was removed while the controller runs. */
export function cacheLost(cause: unknown): TransientError {
  const message =
    "git's folder in the cache was removed while the controller runs; it is made again at the next attempt: " +
    'see to it that nothing else cleans up there';
  return new TransientError('FetchFailed', message, { cause });
}

function tooLong({ args, repository = 'a repository' }: GitCommand, maxBytes: number): PermanentError {
  const message = `${repository} makes git ${args[0] ?? ''} say more than ${maxBytes} bytes`;
  return new PermanentError('TooLarge', message);
}

export class GitProcess implements AsyncDisposable {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #cwd: string;
  readonly #signal: AbortSignal;
  readonly #closed: Promise<void>;
  readonly #onAbort = (): void => {
    this.#kill();
  };
  #exitCode: number | undefined;
  #startError: Error | undefined;
  #stderr = Buffer.alloc(0);
  #grace: NodeJS.Timeout | undefined;

  constructor(
    child: ChildProcessByStdio<Writable, Readable, Readable>,
    { cwd, signal }: { readonly cwd: string; readonly signal: AbortSignal },
  ) {
    this.#child = child;
    this.#cwd = cwd;
    this.#signal = signal;
    child.stderr.on('data', (chunk: Buffer) => {
      this.#stderr = Buffer.concat([this.#stderr, chunk]).subarray(-MAX_STDERR_BYTES);
    });
    // A git that is gone reads no more; its exit code and its output tell the rest.
    child.stdin.on('error', () => undefined);
    this.#closed = new Promise((resolve) => {
      child.on('error', (error) => {
        this.#startError = error;
        if (child.pid === undefined) resolve();
      });
      child.on('close', (code, killedBy) => {
        this.#exitCode = code ?? (killedBy === null ? -1 : 128);
        resolve();
      });
    });
    signal.addEventListener('abort', this.#onAbort, { once: true });
    if (signal.aborted) this.#kill();
  }

  get stdin(): Writable {
    return this.#child.stdin;
  }

  /** Its stdout, once. @throws the signal's reason when that ended it */
  async *output(): AsyncGenerator<Buffer, void, undefined> {
    try {
      for await (const chunk of this.#child.stdout) yield chunk as Buffer;
    } catch (error) {
      if (!this.#signal.aborted) throw error;
    }
    if (this.#signal.aborted) throw abortError(this.#signal);
  }

  get stderr(): string {
    return this.#stderr.toString('utf8');
  }

  /** Waits for the end. @throws the signal's reason when that was why; TransientError when git never started */
  async exit(): Promise<number> {
    await this.#closed;
    if (this.#signal.aborted) throw abortError(this.#signal);
    if (this.#startError !== undefined) throw this.#startFailure(this.#startError);
    if (this.#exitCode === NO_GIT.exitCode && NO_GIT.words.test(this.stderr)) {
      throw this.#startFailure(new Error(this.stderr.trim()));
    }
    return this.#exitCode ?? -1;
  }

  /** ENOENT is said of a program that is missing, and of a working directory that is. */
  #startFailure(cause: Error): TransientError {
    if (!existsSync(this.#cwd)) return cacheLost(cause);
    const message = `git could not be started: ${cause.message}; it must be on the controller's PATH`;
    return new TransientError('FetchFailed', message, { cause });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#signal.removeEventListener('abort', this.#onAbort);
    this.#kill();
    await this.#closed;
    clearTimeout(this.#grace);
  }

  /** First gently; what is still there after the grace goes at once. */
  #kill(): void {
    if (this.#exitCode !== undefined || this.#grace !== undefined) return;
    this.#child.stdout.destroy();
    this.#signalGroup('SIGTERM');
    this.#grace = setTimeout(() => {
      this.#signalGroup('SIGKILL');
    }, GRACE_MS);
    void this.#closed.then(() => {
      clearTimeout(this.#grace);
    });
  }

  /** git leads a process group of its own, which its helpers stay in. */
  #signalGroup(name: NodeJS.Signals): void {
    const { pid } = this.#child;
    if (pid === undefined) return;
    try {
      process.kill(-pid, name);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
    }
  }
}
