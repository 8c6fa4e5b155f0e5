// The source of everything that has commits: refs by `ls-remote`, content by one shallow fetch a revision.
import type { Bundle } from '../bundle/bundle.ts';
import type { BundleStore, Provide } from '../bundle/store.ts';
import type { Clock } from '../clock.ts';
import { PermanentError, TransientError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { credentialsKey } from './credentials.ts';
import { withDeadline } from './deadline.ts';
import { GitCache } from './git-cache.ts';
import { gitFailure } from './git-failure.ts';
import { fetchRevision } from './git-fetch.ts';
import { NeedsMoreMemory } from './git-memory.ts';
import { GitObjects } from './git-objects.ts';
import { type GitRemote, openRemote, type RemoteRequest } from './git-remote.ts';
import { listTree } from './git-tree.ts';
import { FailedFetches } from './failed-fetches.ts';
import { checkFolder } from './path.ts';
import { type Listing, RefWatch } from './ref-watch.ts';
import { parseRemoteRefs, type RemoteRefs } from './remote-refs.ts';
import { selectRef } from './select.ts';
import { Slots } from './slots.ts';
import type { FetchRequest, Resolved, ResolveRequest, Source } from './source.ts';

export interface GitOptions {
  /** For bare repositories; belongs to one process. */
  readonly dir: string;
  readonly store: BundleStore;
  readonly fileSourceRoots: readonly string[];
  /** Patterns; empty: any host. */
  readonly sourceHosts: readonly string[];
  /** Whether a source without any ref stands for its default branch. */
  readonly allowUnpinned: boolean;
  readonly searchPath: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Requests that wait on somebody's network are cheap; fetching and packing cost memory and processor. */
const LISTINGS = { atOnce: 16, perHost: 12 };
const FETCHES = { atOnce: 6, perHost: 4 };
/** A question, however long a fetch may take: dead servers must not hold up the living. */
const LISTING_TIMEOUT_MS = 30_000;
const MAX_LISTING_BYTES = 16 * 1024 * 1024;

export class GitSource implements Source {
  readonly kind = 'git';
  readonly #options: GitOptions;
  readonly #cache: GitCache;
  readonly #refs: RefWatch;
  readonly #heads: RefWatch;
  readonly #listings = new Slots(LISTINGS);
  readonly #fetches = new Slots(FETCHES);
  readonly #failed: FailedFetches;

  constructor(options: GitOptions) {
    this.#options = options;
    this.#cache = new GitCache(options);
    const { clock } = options;
    this.#failed = new FailedFetches({ clock });
    this.#refs = new RefWatch({
      clock,
      list: (listing, signal) => this.#list(['--heads', '--tags'], [], { ...listing, signal }),
    });
    this.#heads = new RefWatch({
      clock,
      list: (listing, signal) => this.#list([], ['HEAD'], { ...listing, signal }),
    });
  }

  /** Calls back when a repository answers with other refs than before. */
  onChange(listener: (repository: string) => void): void {
    this.#refs.onChange(listener);
    this.#heads.onChange(listener);
  }

  async resolve(request: ResolveRequest): Promise<Resolved> {
    const { selector } = request;
    if (selector === undefined) return this.#resolveHead(request);
    if (selector.kind === 'sha') {
      const { sha } = selector;
      return { revision: sha, ref: sha, refKind: 'revision', time: this.#options.clock.now() };
    }
    const { refs, time } = await this.#refs.refs(request);
    return { ...selectRef(refs, selector), time };
  }

  async fetch(request: FetchRequest): Promise<Bundle> {
    const { repository, revision, signal } = request;
    const path = checkFolder(request.path);
    if (!/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(revision)) {
      throw new PermanentError('InvalidContent', 'the revision is no full commit SHA');
    }
    const key = { repository, revision, path, credentials: credentialsKey(request.credentials) };
    return this.#options.store.bundle(key, signal, (shared, pack) =>
      this.#failed.run(JSON.stringify(key), request.retry, shared, () =>
        this.#fetches.run(repository, () => this.#provide({ ...request, path, signal: shared }, pack)),
      ),
    );
  }

  async #resolveHead(request: ResolveRequest): Promise<Resolved> {
    if (!this.#options.allowUnpinned) {
      throw new PermanentError(
        'UnpinnedSource',
        `${request.repository} is named without a #ref and tracks nothing; add a #ref, or set track`,
      );
    }
    const { refs, time } = await this.#heads.refs(request);
    if (refs.head !== undefined) return { revision: refs.head, ref: 'HEAD', refKind: 'branch', time };
    throw new TransientError('RefNotFound', `${request.repository} has no default branch; it may be empty`);
  }

  #list(
    flags: readonly string[],
    patterns: readonly string[],
    { repository, credentials, signal }: Listing & { readonly signal: AbortSignal },
  ): Promise<RemoteRefs> {
    const ms = LISTING_TIMEOUT_MS;
    return this.#listings.run(repository, () =>
      withDeadline({ what: `asking ${repository} for its refs`, ms, signal }, async (controller) => {
        await using remote = await this.#remote({ repository, credentials, signal: controller.signal });
        const args = ['ls-remote', '--quiet', ...flags, ...remote.options, '--', remote.url, ...patterns];
        const gitDir = await this.#cache.nowhere();
        this.#options.logger.debug('asking a repository for its refs', { repository });
        const command = { args, gitDir, remote, repository, signal: controller.signal };
        const { exitCode, stdout, stderr } = await this.#cache.git.run(command, MAX_LISTING_BYTES);
        if (exitCode !== 0) throw gitFailure(remote.redact(stderr), repository);
        return parseRemoteRefs(stdout, { repository, reveals: remote.reveals });
      }),
    );
  }

  #provide(request: FetchRequest, pack: Parameters<Provide>[1]): Promise<void> {
    const { repository, revision, path, credentials, timeoutMs: ms } = request;
    const what = `fetching ${revision} of ${repository}`;
    return withDeadline({ what, ms, signal: request.signal }, async (controller) => {
      const { signal } = controller;
      await using remote = await this.#remote({ repository, credentials, signal });
      const format = revision.length === 64 ? 'sha256' : 'sha1';
      const place = { repository, credentialsKey: credentialsKey(credentials), format, signal } as const;
      let isEmpty = true;
      const provide = () =>
        this.#cache.use(place, async (bare) => {
          const { git } = this.#cache;
          isEmpty = bare.revisions.size === 0;
          this.#options.logger.debug('fetching a revision', { repository, revision, path });
          await fetchRevision({ git, bare, repository, remote, controller }, request);
          await using objects = new GitObjects(git, { gitDir: bare.gitDir, signal });
          await pack(await listTree({ git, gitDir: bare.gitDir, revision, path, signal }, objects));
        });
      await provide().catch((error: unknown) => {
        // A large file may have come as a difference to that of another revision; the next repository is empty.
        if (isEmpty || !(error instanceof NeedsMoreMemory)) throw error;
        return provide();
      });
    });
  }

  async #remote(request: RemoteRequest): Promise<GitRemote> {
    const { fileSourceRoots, sourceHosts } = this.#options;
    return openRemote(request, { fileSourceRoots, sourceHosts, secretsDir: await this.#cache.secretsDir() });
  }
}
