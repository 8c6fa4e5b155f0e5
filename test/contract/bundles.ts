// Builders of packed plugins, for every suite that needs content without a source.
import type { Bundle, Revision } from '../../lib/bundle/bundle.ts';
import type { TreeEntry } from '../../lib/bundle/entry.ts';
import { pack } from '../../lib/bundle/pack.ts';
import { prepareShipment, type Parcel } from '../../lib/bundle/shipment.ts';

export type FileContent =
  string | Uint8Array | { readonly content: string | Uint8Array; readonly executable: boolean };

/** Path to content. */
export type Files = Readonly<Record<string, FileContent>>;

/** A commit SHA that differs by its seed. */
export function revisionOf(seed: number): Revision {
  return seed.toString(16).padStart(40, '0');
}

/** Packs files that are held in memory; the default revision is `revisionOf(1)`. */
export function bundleOf(files: Files, options: { readonly revision?: Revision } = {}): Promise<Bundle> {
  return pack(entriesOf(files), { revision: options.revision ?? revisionOf(1) });
}

export function entriesOf(files: Files): TreeEntry[] {
  return Object.entries(files).map(([path, file]) => {
    const { content, executable } = isPlain(file) ? { content: file, executable: false } : file;
    return fileEntry(path, content, executable);
  });
}

export function fileEntry(
  path: string | Uint8Array,
  content: string | Uint8Array,
  executable = false,
): TreeEntry {
  const bytes = Buffer.from(content);
  return {
    path: Buffer.from(path),
    type: 'file',
    executable,
    size: bytes.length,
    async *open() {
      yield await Promise.resolve(bytes);
    },
  };
}

/** The whole canonical tar of a bundle. */
export function tarOf(bundle: Bundle): Promise<Buffer> {
  return whole(bundle.open());
}

/** The whole tar that a workspace is sent. @throws TransientError where one plugin alone was to be sent and is damaged */
export async function shippedOf(parcels: readonly Parcel[]): Promise<Buffer> {
  const { bytes, open, damages } = await prepareShipment(parcels);
  if (parcels.length === 1 && damages[0] !== undefined) throw damages[0];
  const tar = await whole(open());
  if (tar.length !== bytes) throw new Error(`a tar of ${tar.length} bytes was said to have ${bytes}`);
  return tar;
}

async function whole(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of pieces) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function isPlain(file: FileContent): file is string | Uint8Array {
  return typeof file === 'string' || file instanceof Uint8Array;
}
