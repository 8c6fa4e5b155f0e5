// Getting one revision into a bare repository, with as little else as the server allows.
import { PermanentError, TransientError } from '../errors.ts';
import { type BareRepository, packedBytes } from './git-cache.ts';
import { gitFailure } from './git-failure.ts';
import type { GitRunner } from './git-process.ts';
import type { GitRemote } from './git-remote.ts';
import { problemOfRef } from './ref-name.ts';

/** What one fetch may bring: far more than a plugin, and less than fills a disk. */
export const MAX_FETCH_BYTES = 1024 * 1024 * 1024;
const WATCH_EVERY_MS = 500;
const MAX_OUTPUT_BYTES = 1024 * 1024;

export interface FetchContext {
  readonly git: GitRunner;
  readonly bare: BareRepository;
  /** For messages. */
  readonly repository: string;
  readonly remote: GitRemote;
  /** Aborted, too, when more arrives than may. */
  readonly controller: AbortController;
}

/**
 * Asks for the bare SHA, without history; a server that refuses that, for the ref it was found by; at last for
 * everything. Nothing is asked when it is here already.
 * @throws TransientError `RefNotFound` when the repository does not have the revision (any more), `AuthFailed`,
 * `FetchFailed`; PermanentError `InvalidContent`, `TooLarge`, `NotPermitted`
 */
export async function fetchRevision(
  context: FetchContext,
  { revision, ref }: { readonly revision: string; readonly ref: string | undefined },
): Promise<void> {
  if (context.bare.revisions.has(revision)) return;
  let refusal: Error | undefined;
  for (const way of waysTo(revision, ref)) {
    refusal = await tryFetch(context, way);
    if (refusal === undefined && (way.isExact || (await isHere(context, revision)))) {
      context.bare.revisions.add(revision);
      return;
    }
  }
  const message = `${context.repository} does not have the revision ${revision}`;
  throw new TransientError('RefNotFound', `${message}; it may have been removed upstream`, {
    cause: refusal,
  });
}

interface Way {
  readonly refspecs: readonly string[];
  readonly isShallow: boolean;
  /** Brings the very revision, or fails. */
  readonly isExact: boolean;
}

function waysTo(revision: string, ref: string | undefined): readonly Way[] {
  const names = ref === undefined || ref === revision || problemOfRef(ref) !== undefined ? [] : [ref];
  return [
    { refspecs: [`+${revision}:refs/fetched/revision`], isShallow: true, isExact: true },
    ...names.flatMap((name) => [
      { refspecs: [`+refs/tags/${name}:refs/fetched/tag`], isShallow: true, isExact: false },
      { refspecs: [`+refs/heads/${name}:refs/fetched/branch`], isShallow: true, isExact: false },
    ]),
    {
      refspecs: ['+refs/heads/*:refs/fetched/heads/*', '+refs/tags/*:refs/fetched/tags/*'],
      isShallow: false,
      isExact: false,
    },
  ];
}

/** Undefined when the server gave it; the refusal when it would not, so that another way is worth trying. */
async function tryFetch(context: FetchContext, { refspecs, isShallow }: Way): Promise<Error | undefined> {
  const { git, bare, remote, repository } = context;
  const depth = isShallow ? ['--depth=1'] : [];
  const args = [
    ...['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', '--no-recurse-submodules', '--no-auto-gc'],
    ...['--force', ...depth, ...remote.options, '--', remote.url, ...refspecs],
  ];
  const { exitCode, stderr } = await watchingSize(context, () =>
    git.run(
      { args, gitDir: bare.gitDir, remote, repository, signal: context.controller.signal },
      MAX_OUTPUT_BYTES,
    ),
  );
  if (exitCode === 0) return undefined;
  const failure = gitFailure(remote.redact(stderr), repository);
  if (failure instanceof TransientError && failure.reason === 'RefNotFound') return failure;
  throw failure;
}

async function isHere({ git, bare, controller }: FetchContext, revision: string): Promise<boolean> {
  const args = ['cat-file', '-e', revision];
  const { signal } = controller;
  return (await git.run({ args, gitDir: bare.gitDir, signal }, MAX_OUTPUT_BYTES)).exitCode === 0;
}

/** git has no limit of its own on what a server sends. */
async function watchingSize<T>(context: FetchContext, work: () => Promise<T>): Promise<T> {
  const { bare, controller, repository } = context;
  const before = await packedBytes(bare.gitDir);
  const watch = setInterval(() => {
    packedBytes(bare.gitDir).then(
      (bytes) => {
        if (bytes - before <= MAX_FETCH_BYTES) return;
        const message = `${repository} sends more than ${MAX_FETCH_BYTES} bytes for one revision`;
        controller.abort(new PermanentError('TooLarge', message));
      },
      (error: unknown) => {
        controller.abort(
          new TransientError('FetchFailed', 'the cache of git is not readable', { cause: error }),
        );
      },
    );
  }, WATCH_EVERY_MS);
  try {
    return await work();
  } finally {
    clearInterval(watch);
  }
}
