// Packed revisions on disk: each is fetched, checked and packed once, and found again after a restart.
import { hash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, PermanentError, TransientError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import type { Bundle, Digest } from './bundle.ts';
import { hashFile, publish, writeTemporary } from './durable.ts';
import type { TreeEntry } from './entry.ts';
import { packInto } from './pack.ts';
import { Recent } from './recent.ts';
import { SingleFlight } from './shared-call.ts';
import {
  type BundleKey,
  formatStored,
  isKeyName,
  keyName,
  parseStored,
  type StoredBundle,
} from './stored.ts';

/** All tars together; the least recently used go first. A plugin is a few MiB at most, so this is many of them. */
export const MAX_STORE_BYTES = 2 * 1024 * 1024 * 1024;
const MAX_STORE_ENTRIES = 10_000;
/** Small tars that were read a moment ago stay in memory: a fleet gets the same ones, workspace after workspace. */
const RECENT_BYTES = 4 * 1024 * 1024;
const MAX_RECENT_BYTES = 64 * 1024;
/** How exactly the order of use survives a restart; a visit that changes nothing should not write. */
const USE_RECORDED_EVERY_MS = 3_600_000;

/** Hands the entries of a tree to `pack`, and keeps them readable until that has finished. */
export type Provide = (
  signal: AbortSignal,
  pack: (entries: readonly TreeEntry[]) => Promise<void>,
) => Promise<void>;

export interface StoreOptions {
  /** Made when missing; belongs to one process. */
  readonly dir: string;
  readonly logger: Logger;
  readonly maxBytes?: number;
}

interface Entry {
  readonly stored: StoredBundle;
  usedMs: number;
}

/**
 * Below `dir`: `tar/<digest>`, one canonical tar for each content; `index/<key>`, what each (repository, revision,
 * path) is; `tmp/`, what is being written, emptied at start. A tar is hashed at its first use in this process, and
 * made again when it is not what was written, or has been removed.
 */
export class BundleStore {
  readonly #dir: string;
  readonly #logger: Logger;
  readonly #maxBytes: number;
  readonly #flights = new SingleFlight<Bundle>();
  /** By key name, least recently used first. */
  readonly #entries = new Map<string, Entry>();
  readonly #verified = new Set<Digest>();
  readonly #recent = new Recent<Digest, Uint8Array>({ room: RECENT_BYTES, weigh: ({ length }) => length });
  #loading: Promise<void> | undefined;

  constructor({ dir, logger, maxBytes = MAX_STORE_BYTES }: StoreOptions) {
    this.#dir = dir;
    this.#logger = logger;
    this.#maxBytes = maxBytes;
  }

  /**
   * The bundle of this key, from the disk or else packed from what `provide` hands over (single flight).
   * @throws what `provide` and packing throw; TransientError `FetchFailed` when the disk does not do its part
   */
  async bundle(key: BundleKey, signal: AbortSignal, provide: Provide): Promise<Bundle> {
    return this.#flights.run(keyName(key), signal, async (shared) => {
      try {
        return (await this.#find(key)) ?? (await this.#make(key, shared, provide));
      } catch (error) {
        throw asFailure(error);
      }
    });
  }

  async #find(key: BundleKey): Promise<Bundle | undefined> {
    await this.#load();
    const name = keyName(key);
    const entry = this.#entries.get(name);
    if (entry === undefined) return undefined;
    if (!(await this.#isSound(entry.stored))) {
      this.#logger.warn('a packed revision in the cache was damaged and is made again', { ...key });
      await this.#drop(name, entry);
      return undefined;
    }
    await this.#touch(name, entry);
    return this.#bundleOf(key, entry.stored);
  }

  async #make(key: BundleKey, signal: AbortSignal, provide: Provide): Promise<Bundle> {
    let stored: StoredBundle | undefined;
    await provide(signal, async (entries) => {
      stored = await this.#writeTar(entries);
    });
    if (stored === undefined) throw new Error('nothing was handed over to be packed');
    await this.#writeIndex(key, stored);
    await this.#evict(keyName(key));
    return this.#bundleOf(key, stored);
  }

  async #writeTar(entries: readonly TreeEntry[]): Promise<StoredBundle> {
    await this.#makeFolders();
    const { file, sha256, result } = await writeTemporary(this.#path('tmp'), (sink) =>
      packInto(entries, sink),
    );
    await publish(file, this.#tarFile(result.digest));
    this.#verified.add(result.digest);
    return { ...result, tarSHA256: sha256 };
  }

  async #writeIndex(key: BundleKey, stored: StoredBundle): Promise<void> {
    const name = keyName(key);
    const text = Buffer.from(formatStored(stored, key));
    await this.#makeFolders();
    const { file } = await writeTemporary(this.#path('tmp'), (sink) => sink(text));
    await publish(file, this.#path('index', name));
    this.#entries.delete(name);
    this.#entries.set(name, { stored, usedMs: Date.now() });
  }

  #bundleOf({ revision }: BundleKey, stored: StoredBundle): Bundle {
    const { tarSHA256: _, ...packed } = stored;
    return { ...packed, revision, open: () => this.#read(stored) };
  }

  async *#read({ digest, tarBytes, tarSHA256 }: StoredBundle): AsyncGenerator<Uint8Array> {
    const file = this.#tarFile(digest);
    try {
      if (tarBytes > MAX_RECENT_BYTES) {
        for await (const chunk of createReadStream(file)) yield chunk as Buffer;
        return;
      }
      const known = this.#recent.get(digest);
      const content = known ?? (await readFile(file));
      if (known === undefined && hash('sha256', content) === tarSHA256) this.#recent.keep(digest, content);
      yield content;
    } catch (error) {
      throw asFailure(error);
    }
  }

  async #isSound({ digest, tarSHA256, tarBytes }: StoredBundle): Promise<boolean> {
    const file = this.#tarFile(digest);
    const size = await stat(file).then(
      (found) => found.size,
      () => undefined,
    );
    if (size !== tarBytes) return false;
    if (!this.#verified.has(digest) && (await hashFile(file)) !== tarSHA256) return false;
    this.#verified.add(digest);
    return true;
  }

  async #touch(name: string, entry: Entry): Promise<void> {
    this.#entries.delete(name);
    this.#entries.set(name, entry);
    const now = Date.now();
    if (now - entry.usedMs < USE_RECORDED_EVERY_MS) return;
    entry.usedMs = now;
    await utimes(this.#path('index', name), now / 1000, now / 1000);
  }

  async #evict(keep: string): Promise<void> {
    for (const [name, entry] of [...this.#entries]) {
      if (this.#totalBytes() <= this.#maxBytes && this.#entries.size <= MAX_STORE_ENTRIES) return;
      if (name !== keep) await this.#drop(name, entry);
    }
  }

  #totalBytes(): number {
    const sizes = new Map([...this.#entries.values()].map(({ stored }) => [stored.digest, stored.tarBytes]));
    return sizes.values().reduce((sum, size) => sum + size, 0);
  }

  async #drop(name: string, { stored }: Entry): Promise<void> {
    this.#entries.delete(name);
    await rm(this.#path('index', name), { force: true });
    if (this.#entries.values().some((other) => other.stored.digest === stored.digest)) return;
    this.#verified.delete(stored.digest);
    this.#recent.forget(stored.digest);
    await rm(this.#tarFile(stored.digest), { force: true });
  }

  #load(): Promise<void> {
    this.#loading ??= this.#readDisk().catch((error: unknown) => {
      this.#loading = undefined;
      throw error;
    });
    return this.#loading;
  }

  async #readDisk(): Promise<void> {
    await rm(this.#path('tmp'), { recursive: true, force: true });
    await this.#makeFolders();
    const found = await Promise.all(
      (await readdir(this.#path('index'))).map((name) => this.#readEntry(name)),
    );
    const known = found.filter((entry) => entry !== undefined).sort((a, b) => a.usedMs - b.usedMs);
    for (const { name, stored, usedMs } of known) this.#entries.set(name, { stored, usedMs });
    const wanted = new Set(known.map(({ stored }) => this.#tarFile(stored.digest)));
    for (const name of await readdir(this.#path('tar'))) {
      if (!wanted.has(this.#path('tar', name)))
        await rm(this.#path('tar', name), { recursive: true, force: true });
    }
  }

  /** Somebody may have removed them while the process runs. */
  async #makeFolders(): Promise<void> {
    const missing = ['tmp', 'tar', 'index']
      .map((name) => this.#path(name))
      .filter((path) => !existsSync(path));
    for (const folder of missing) await mkdir(folder, { recursive: true });
  }

  async #readEntry(name: string): Promise<(Entry & { readonly name: string }) | undefined> {
    const file = this.#path('index', name);
    const { mtimeMs, size } = await stat(file);
    const isPlausible = isKeyName(name) && size < 64 * 1024;
    const stored = isPlausible ? parseStored(await readFile(file, 'utf8')) : undefined;
    if (stored !== undefined) return { name, stored, usedMs: mtimeMs };
    await rm(file, { recursive: true, force: true });
    return undefined;
  }

  #tarFile(digest: Digest): string {
    return this.#path('tar', digest.slice('sha256:'.length));
  }

  #path(...names: readonly string[]): string {
    return join(this.#dir, ...names);
  }
}

function asFailure(error: unknown): unknown {
  if (error instanceof PermanentError || error instanceof TransientError) return error;
  if (!(error instanceof Error && 'code' in error && 'syscall' in error)) return error;
  return new TransientError('FetchFailed', `the cache of packed plugins is not usable: ${messageOf(error)}`, {
    cause: error,
  });
}
