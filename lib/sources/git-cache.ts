// Bare repositories that hold what was fetched already, so that the next revision costs only what is new in it.
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import pLimit, { type LimitFunction } from 'p-limit';
import { PermanentError, TransientError } from '../errors.ts';
import { abortError } from './deadline.ts';
import { gitFailure } from './git-failure.ts';
import { cacheLost, GitRunner } from './git-process.ts';

/** All bare repositories together; the least recently used go first. */
const MAX_CACHE_BYTES = 2 * 1024 * 1024 * 1024;
const MAX_REPOSITORIES = 200;
/** One that has grown beyond this is worth less than a fresh shallow fetch. */
const MAX_REPOSITORY_BYTES = MAX_CACHE_BYTES / 4;

export interface BareRepository {
  readonly gitDir: string;
  /** Revisions that are here with all they need. */
  readonly revisions: Set<string>;
}

interface Cached {
  readonly lock: LimitFunction;
  repository: BareRepository | undefined;
  bytes: number;
}

/**
 * A folder for each process: what an earlier one left, a half-written pack or a lock, is not looked at but removed.
 * The packed plugins outlive it in the bundle store, so all that is lost is one shallow fetch a repository. When it is
 * removed while the process runs, it is made again.
 */
export class GitCache {
  readonly git: GitRunner;
  readonly #dir: string;
  readonly #home: string;
  /** Least recently used first. */
  readonly #cached = new Map<string, Cached>();
  #cleaned: Promise<void> | undefined;

  /** @param dir made when missing; belongs to one process */
  constructor({ dir, searchPath }: { readonly dir: string; readonly searchPath: string }) {
    this.#dir = dir;
    this.#home = join(dir, randomUUID());
    this.git = new GitRunner({ searchPath, home: this.#home });
  }

  /** A place that is no repository, for commands that need none. */
  async nowhere(): Promise<string> {
    await this.#prepare();
    return join(this.#home, 'none');
  }

  /** For files with credentials, each of which goes after its use; what a killed process left went at the start. */
  async secretsDir(): Promise<string> {
    await this.#prepare();
    return this.#home;
  }

  /**
   * Lends the bare repository to one user at a time. After a failure that may have left something half done it goes,
   * and the next user starts with an empty one.
   */
  async use<T>(
    request: {
      readonly repository: string;
      /** Who asks: with other credentials it is another repository. */
      readonly credentialsKey: string;
      readonly format: 'sha1' | 'sha256';
      readonly signal: AbortSignal;
    },
    work: (bare: BareRepository) => Promise<T>,
  ): Promise<T> {
    const name = JSON.stringify([request.format, request.repository, request.credentialsKey]);
    const cached = this.#touch(name);
    return cached.lock(async () => {
      if (request.signal.aborted) throw abortError(request.signal);
      await this.#prepare();
      const bare = (cached.repository ??= await this.#create(request));
      try {
        const result = await work(bare);
        cached.bytes = await packedBytes(bare.gitDir);
        if (cached.bytes > MAX_REPOSITORY_BYTES) await this.#remove(cached);
        await this.#prune(name);
        return result;
      } catch (error) {
        const failure = explained(error, bare, request.signal);
        if (leavesDoubt(failure)) await this.#remove(cached);
        throw failure;
      }
    });
  }

  #touch(name: string): Cached {
    const cached = this.#cached.get(name) ?? { lock: pLimit(1), repository: undefined, bytes: 0 };
    this.#cached.delete(name);
    this.#cached.set(name, cached);
    return cached;
  }

  async #create({
    format,
    repository,
    signal,
  }: {
    readonly format: string;
    readonly repository: string;
    readonly signal: AbortSignal;
  }): Promise<BareRepository> {
    const gitDir = join(this.#home, randomUUID());
    const args = ['init', '--quiet', '--bare', '--template=', `--object-format=${format}`];
    const { exitCode, stderr } = await this.git.run({ args, gitDir, signal }, 64 * 1024);
    if (exitCode !== 0) throw gitFailure(stderr, `the cache of ${repository}`);
    return { gitDir, revisions: new Set() };
  }

  async #prune(keep: string): Promise<void> {
    for (const [name, cached] of [...this.#cached]) {
      const bytes = this.#cached.values().reduce((sum, other) => sum + other.bytes, 0);
      if (bytes <= MAX_CACHE_BYTES && this.#cached.size <= MAX_REPOSITORIES) return;
      const isIdle = cached.lock.activeCount === 0 && cached.lock.pendingCount === 0;
      if (name === keep || !isIdle) continue;
      this.#cached.delete(name);
      await this.#remove(cached);
    }
  }

  async #remove(cached: Cached): Promise<void> {
    const gitDir = cached.repository?.gitDir;
    cached.repository = undefined;
    cached.bytes = 0;
    if (gitDir !== undefined) await rm(gitDir, { recursive: true, force: true });
  }

  /** What others left goes once; our own folder is made again wherever it is missing. */
  async #prepare(): Promise<void> {
    try {
      await (this.#cleaned ??= this.#clean());
      if (existsSync(this.#home)) return;
      for (const cached of this.#cached.values()) cached.repository = undefined;
      await this.#make();
    } catch (error) {
      this.#cleaned = undefined;
      throw new TransientError('FetchFailed', `the cache folder ${this.#dir} is not usable`, {
        cause: error,
      });
    }
  }

  async #clean(): Promise<void> {
    await this.#make();
    for (const name of await readdir(this.#dir)) {
      const other = join(this.#dir, name);
      if (other !== this.#home) await rm(other, { recursive: true, force: true });
    }
  }

  async #make(): Promise<void> {
    await mkdir(this.#home, { recursive: true, mode: 0o700 });
  }
}

/** What git says of a repository that is missing sends people the wrong way. */
function explained(error: unknown, { gitDir }: BareRepository, signal: AbortSignal): unknown {
  return signal.aborted || existsSync(gitDir) ? error : cacheLost(error);
}

/** False where git came to its own end, and only its answer was bad. */
function leavesDoubt(error: unknown): boolean {
  const isOurs = error instanceof TransientError || error instanceof PermanentError;
  return (
    !isOurs || !['RefNotFound', 'AuthFailed', 'InvalidContent', 'VerificationFailed'].includes(error.reason)
  );
}

/** What the packs weigh, finished or still arriving. */
export async function packedBytes(gitDir: string): Promise<number> {
  const folder = join(gitDir, 'objects', 'pack');
  const sizes = (await readdir(folder)).map((name) =>
    stat(join(folder, name)).then(
      ({ size }) => size,
      // Renamed or removed since it was listed.
      () => 0,
    ),
  );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
