// The source of plugins that lie in a folder beside the controller: no commits, the digest is the revision.
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bundle, Digest } from '../bundle/bundle.ts';
import { isDigest } from '../bundle/digest.ts';
import { packInto } from '../bundle/pack.ts';
import { printable } from '../bundle/printable.ts';
import type { BundleStore } from '../bundle/store.ts';
import { SingleFlight } from '../bundle/shared-call.ts';
import type { Clock } from '../clock.ts';
import { PermanentError, TransientError } from '../errors.ts';
import { withDeadline } from './deadline.ts';
import { listFolder } from './local-tree.ts';
import { checkFolder } from './path.ts';
import type { FetchRequest, Resolved, ResolveRequest, Source } from './source.ts';

export interface LocalOptions {
  /** Absolute; undefined where there is no catalog. */
  readonly catalog: string | undefined;
  readonly store: BundleStore;
  readonly clock: Clock;
}

interface Known {
  readonly fingerprint: string;
  readonly digest: Digest;
}

/** Two changes within one tick may leave the same times behind, so a folder touched just now is hashed again. */
const FILE_TIME_TICK_MS = 2_000;

export class LocalSource implements Source {
  readonly kind = 'local';
  readonly #options: LocalOptions;
  /** What each plugin's folder was when it was last hashed. There are as many as the operator put there. */
  readonly #known = new Map<string, Known>();
  readonly #flights = new SingleFlight<Known>();

  constructor(options: LocalOptions) {
    this.#options = options;
  }

  async resolve({ repository, selector, timeoutMs, signal }: ResolveRequest): Promise<Resolved> {
    if (selector !== undefined) {
      throw new PermanentError('InvalidURL', `${repository} has no refs; remove the #ref, and track nothing`);
    }
    const time = this.#options.clock.now();
    const { digest } = await this.#look(repository, timeoutMs, signal);
    return { revision: digest, ref: digest, refKind: 'revision', time };
  }

  /** The folder as it was at that revision: from the store, or packed if it still is that. */
  async fetch(request: FetchRequest): Promise<Bundle> {
    const { repository, revision, timeoutMs: ms, signal } = request;
    const path = checkFolder(request.path);
    if (!isDigest(revision)) {
      throw new PermanentError(
        'InvalidContent',
        `${repository} has no commits, and the revision is no digest`,
      );
    }
    return this.#options.store.bundle({ repository, revision, path }, signal, (shared, pack) =>
      withDeadline({ what: `packing ${repository}`, ms, signal: shared }, async (controller) => {
        const before = await this.#look(repository, ms, controller.signal);
        if (before.digest !== revision) throw changed(repository);
        const folder = await this.#folderOf(repository, path);
        await pack((await listFolder(folder, controller.signal)).entries);
        const after = await this.#look(repository, ms, controller.signal);
        if (after.digest !== revision) throw changed(repository);
      }),
    );
  }

  /** Hashes the folder, unless the file system says that nothing was touched since. */
  #look(repository: string, ms: number, signal: AbortSignal): Promise<Known> {
    return this.#flights.run(repository, signal, (shared) =>
      withDeadline({ what: `reading ${repository}`, ms, signal: shared }, async (controller) => {
        const folder = await this.#folderOf(repository, undefined);
        // Not our clock's time: it is compared with what the file system wrote down.
        const startMs = Date.now();
        const { entries, fingerprint, changedMs } = await listFolder(folder, controller.signal);
        const known = this.#known.get(repository);
        if (known?.fingerprint === fingerprint) return known;
        const { digest } = await packInto(entries, () => Promise.resolve());
        const now = { fingerprint, digest };
        if (changedMs < startMs - FILE_TIME_TICK_MS) this.#known.set(repository, now);
        return now;
      }),
    );
  }

  /** @throws TransientError `FetchFailed` without such a plugin; PermanentError `InvalidContent` without such a path in it */
  async #folderOf(repository: string, path: string | undefined): Promise<string> {
    const { catalog } = this.#options;
    if (catalog === undefined)
      throw new PermanentError('NotPermitted', 'this controller has no --local-catalog');
    const plugin = join(catalog, repository.slice('local://'.length));
    if (!(await isFolder(plugin))) {
      throw new TransientError('FetchFailed', `the local catalog has no folder for ${repository}`);
    }
    let folder = plugin;
    for (const name of path?.split('/') ?? []) {
      folder = join(folder, name);
      if (!(await isFolder(folder))) {
        throw new PermanentError(
          'InvalidContent',
          `the path ${printable(path ?? '')} is no folder in ${repository}`,
        );
      }
    }
    return folder;
  }
}

/** True for a folder itself, not for a symlink to one. */
async function isFolder(path: string): Promise<boolean> {
  return lstat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

function changed(repository: string): TransientError {
  return new TransientError('FetchFailed', `${repository} has other content by now; it is looked at again`);
}
