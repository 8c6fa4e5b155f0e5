// A source in memory: repositories of one world, with commits, tags and branches that a test moves.
import type { Bundle, Revision } from '../../lib/bundle/bundle.ts';
import type { TreeEntry } from '../../lib/bundle/entry.ts';
import { pack } from '../../lib/bundle/pack.ts';
import { printable } from '../../lib/bundle/printable.ts';
import { SingleFlight } from '../../lib/bundle/shared-call.ts';
import { PermanentError, TransientError } from '../../lib/errors.ts';
import { checkFolder } from '../../lib/sources/path.ts';
import { selectRef } from '../../lib/sources/select.ts';
import type { FetchRequest, Resolved, ResolveRequest, Source } from '../../lib/sources/source.ts';
import { entriesOf, fileEntry, type Files, revisionOf } from './bundles.ts';

interface FakeRepository {
  readonly tags: Map<string, Revision>;
  readonly branches: Map<string, Revision>;
  readonly commits: Map<Revision, readonly TreeEntry[]>;
}

/** Keeps the contract of a source with refs; while it is cut, it serves what was fetched before. */
export class FakeSource implements Source {
  readonly kind = 'git';
  /** What upstream was asked, in order. */
  readonly asked: string[] = [];
  isCut = false;
  readonly #repositories = new Map<string, FakeRepository>();
  readonly #bundles = new Map<string, Bundle>();
  readonly #flights = new SingleFlight<Bundle>();
  #commits = 0;

  /** A new commit with these files on the branch; returns its SHA. */
  commit(
    repository: string,
    files: Files,
    { branch = 'main', links = [] as readonly string[] } = {},
  ): Revision {
    const entries = [
      ...entriesOf(files),
      ...links.map((path) => ({ ...fileEntry(path, ''), type: 'symlink' as const })),
    ];
    const revision = revisionOf(0xc0_0000 + (this.#commits += 1));
    const { branches, commits } = this.#repository(repository);
    commits.set(revision, entries);
    branches.set(branch, revision);
    return revision;
  }

  /** Makes or moves a tag. */
  tag(repository: string, name: string, revision: Revision): void {
    this.#repository(repository).tags.set(name, revision);
  }

  deleteTag(repository: string, name: string): void {
    this.#repository(repository).tags.delete(name);
  }

  async resolve({ repository, selector, signal }: ResolveRequest): Promise<Resolved> {
    const time = new Date();
    if (selector === undefined)
      throw new PermanentError('UnpinnedSource', `${repository} is named without a ref`);
    if (selector.kind === 'sha')
      return { revision: selector.sha, ref: selector.sha, refKind: 'revision', time };
    await this.#ask(`refs of ${repository}`, signal);
    const { tags, branches } = this.#repository(repository);
    return { ...selectRef({ tags, branches, head: undefined }, selector), time };
  }

  async fetch({ repository, revision, path, signal }: FetchRequest): Promise<Bundle> {
    const folder = checkFolder(path);
    const key = JSON.stringify([repository, revision, folder]);
    return this.#flights.run(key, signal, async (shared) => {
      const known = this.#bundles.get(key);
      if (known !== undefined) return known;
      await this.#ask(`${revision} of ${repository}`, shared);
      const bundle = await pack(this.#entries(repository, revision, folder), { revision });
      this.#bundles.set(key, bundle);
      return bundle;
    });
  }

  async #ask(what: string, signal: AbortSignal): Promise<void> {
    this.asked.push(what);
    await Promise.resolve();
    if (signal.aborted) throw new TransientError('FetchFailed', 'stopped');
    if (this.isCut) throw new TransientError('FetchFailed', `nobody answers about the ${what}`);
  }

  #entries(repository: string, revision: Revision, folder: string | undefined): readonly TreeEntry[] {
    const entries = this.#repository(repository).commits.get(revision);
    if (entries === undefined)
      throw new TransientError('RefNotFound', `${repository} does not have ${revision}`);
    if (folder === undefined) return entries;
    const prefix = Buffer.from(`${folder}/`);
    const below = entries.filter(({ path }) => Buffer.from(path).subarray(0, prefix.length).equals(prefix));
    if (below.length === 0)
      throw new PermanentError('InvalidContent', `the path ${printable(folder)} is no folder`);
    return below.map((entry) => ({ ...entry, path: entry.path.subarray(prefix.length) }));
  }

  #repository(name: string): FakeRepository {
    const known = this.#repositories.get(name);
    if (known !== undefined) return known;
    const made = {
      tags: new Map<string, Revision>(),
      branches: new Map<string, Revision>(),
      commits: new Map<Revision, readonly TreeEntry[]>(),
    };
    this.#repositories.set(name, made);
    return made;
  }
}
