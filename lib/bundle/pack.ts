// The second of two passes: checked files become one canonical tar, hashed on the way.
import { createHash } from 'node:crypto';
import { TransientError } from '../errors.ts';
import type { Bundle, ManifestEntry, Revision } from './bundle.ts';
import { type CheckedFile, type CheckedTree, checkTree } from './check.ts';
import { digestOf } from './digest.ts';
import type { TreeEntry } from './entry.ts';
import { checkPromise, ContentHash, MANIFEST_JSON, MAX_MANIFEST_JSON_BYTES } from './integrity.ts';
import { formatManifest } from './manifest.ts';
import { MAX_PLUGIN_YAML_BYTES, versionOf } from './plugin-yaml.ts';
import { printable } from './printable.ts';
import { TAR_END, tarHeader, tarPadding } from './tar.ts';

/** What is known of a tree once it is packed. */
export type Packed = Omit<Bundle, 'revision' | 'open'>;

/** Takes the tar piece by piece; the next piece comes once the promise resolves. */
export type Sink = (chunk: Uint8Array) => Promise<void>;

/**
 * Packs a tree in memory.
 * @throws PermanentError `InvalidContent`, `TooLarge`, `VerificationFailed`; TransientError `FetchFailed`
 */
export async function pack(
  entries: readonly TreeEntry[],
  { revision }: { readonly revision: Revision },
): Promise<Bundle> {
  const chunks: Uint8Array[] = [];
  const packed = await packInto(entries, (chunk) =>
    Promise.resolve(void chunks.push(Uint8Array.from(chunk))),
  );
  return {
    ...packed,
    revision,
    async *open() {
      yield* await Promise.resolve(chunks);
    },
  };
}

/**
 * Checks the whole tree, then writes its canonical tar: files in the order of the manifest, each folder before what
 * is in it. What went into the sink is worth nothing when this throws.
 * @throws PermanentError `InvalidContent`, `TooLarge`, `VerificationFailed`; TransientError `FetchFailed` (a file changed while it was read)
 */
export async function packInto(entries: readonly TreeEntry[], sink: Sink): Promise<Packed> {
  return new Packer(checkTree(entries), sink).run();
}

class Packer {
  readonly #tree: CheckedTree;
  readonly #sink: Sink;
  readonly #content = new ContentHash();
  readonly #folders = new Set<string>();
  readonly #manifest: ManifestEntry[] = [];
  readonly #kept = new Map<string, Buffer[]>([
    ['plugin.yaml', []],
    [MANIFEST_JSON, []],
  ]);
  #tarBytes = 0;

  constructor(tree: CheckedTree, sink: Sink) {
    this.#tree = tree;
    this.#sink = sink;
  }

  async run(): Promise<Packed> {
    for (const file of this.#tree.files) {
      await this.#writeFolders(file.path);
      await this.#writeFile(file);
    }
    await this.#write(TAR_END);
    checkPromise(this.#keptFile(MANIFEST_JSON), this.#content.hex());
    return {
      digest: digestOf(formatManifest(this.#manifest)),
      version: versionOf(this.#keptFile('plugin.yaml')),
      pluginYAMLSHA256: this.#manifest.find(({ path }) => path === 'plugin.yaml')?.sha256 ?? null,
      files: this.#tree.files.length,
      bytes: this.#tree.bytes,
      skippedSymlinks: this.#tree.skippedSymlinks,
      tarBytes: this.#tarBytes,
    };
  }

  async #writeFolders(path: string): Promise<void> {
    for (let slash = path.indexOf('/'); slash !== -1; slash = path.indexOf('/', slash + 1)) {
      const folder = path.slice(0, slash);
      if (this.#folders.has(folder)) continue;
      this.#folders.add(folder);
      await this.#write(tarHeader({ path: folder, type: 'directory', executable: false, size: 0 }));
    }
  }

  async #writeFile(file: CheckedFile): Promise<void> {
    await this.#write(tarHeader({ ...file, type: 'file' }));
    const sha256 = await this.#writeContent(file);
    await this.#write(tarPadding(file.size));
    this.#manifest.push({ mode: file.executable ? '755' : '644', sha256, path: file.path });
  }

  async #writeContent(file: CheckedFile): Promise<string> {
    const hash = createHash('sha256');
    let left = file.size;
    if (file.path !== MANIFEST_JSON) this.#content.begin(file.path);
    for await (const chunk of file.open()) {
      left -= chunk.length;
      if (left < 0) break;
      hash.update(chunk);
      if (file.path !== MANIFEST_JSON) this.#content.update(chunk);
      this.#keep(file, chunk);
      await this.#write(chunk);
    }
    if (left === 0) return hash.digest('hex');
    throw new TransientError('FetchFailed', `the file ${printable(file.path)} changed while it was read`);
  }

  /** Keeps the two files that are looked into, unless they are too long to be. */
  #keep(file: CheckedFile, chunk: Uint8Array): void {
    const limit = file.path === MANIFEST_JSON ? MAX_MANIFEST_JSON_BYTES : MAX_PLUGIN_YAML_BYTES;
    const kept = this.#kept.get(file.path);
    const length = kept?.reduce((sum, part) => sum + part.length, 0) ?? 0;
    if (length <= limit) kept?.push(Buffer.from(chunk));
  }

  #keptFile(path: string): Buffer | undefined {
    const isThere = this.#tree.files.some((file) => file.path === path);
    return isThere ? Buffer.concat(this.#kept.get(path) ?? []) : undefined;
  }

  async #write(chunk: Uint8Array): Promise<void> {
    this.#tarBytes += chunk.length;
    if (chunk.length > 0) await this.#sink(chunk);
  }
}
