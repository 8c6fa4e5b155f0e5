// Many packed plugins as one tar for a workspace: each below a folder of its own, with its manifest.
import { messageOf, TransientError } from '../errors.ts';
import type { Bundle, ManifestEntry } from './bundle.ts';
import { damaged, Manifests } from './contents.ts';
import { formatManifest } from './manifest.ts';
import { MemberReader } from './members.ts';
import { padded, TAR_END, tarHeader, tarHeaderBytes, tarPadding, type TarMember } from './tar.ts';

/** A plugin, and the folder that it is unpacked into; without `/`. */
export interface Parcel {
  readonly bundle: Bundle;
  readonly folder: string;
}

export interface Shipment {
  /** Length of the tar. */
  readonly bytes: number;
  /** The tar, in pieces of any size; fails with TransientError `FetchFailed` where what is packed is not what was written. */
  readonly open: () => AsyncGenerator<Uint8Array>;
  /** `FetchFailed`, for each plugin that was left out, as its packed content is not what was written or cannot be read. */
  readonly damages: readonly TransientError[];
}

/** The file of a plugin that holds its manifest. */
const MANIFEST = '.manifest';

/** A fleet gets the same contents again and again. */
const manifests = new Manifests(50_000);

/** A plugin whose packed content is damaged is left out, so that the others arrive without it. */
export async function prepareShipment(parcels: readonly Parcel[]): Promise<Shipment> {
  const found = await Promise.all(parcels.map(open));
  const sound = found.filter((one): one is OpenParcel => !(one instanceof TransientError));
  return {
    bytes: sound.reduce((sum, parcel) => sum + bytesOf(parcel), 0) + TAR_END.length,
    async *open() {
      for (const parcel of sound) yield* write(parcel);
      yield TAR_END;
    },
    damages: found.filter((one) => one instanceof TransientError),
  };
}

async function open(parcel: Parcel): Promise<OpenParcel | TransientError> {
  try {
    return { ...parcel, entries: await manifests.of(parcel.bundle) };
  } catch (error) {
    if (error instanceof TransientError) return error;
    throw error;
  }
}

interface OpenParcel extends Parcel {
  readonly entries: readonly ManifestEntry[];
}

/** All but the end: headers may be longer than those of the packed tar, as their paths are. */
function bytesOf({ bundle, folder, entries }: OpenParcel): number {
  const folders = new Set(entries.flatMap(({ path }) => foldersOf(path)));
  const members = [
    ...entries.map(({ path }) => ({ path, type: 'file' as const })),
    ...[...folders].map((path) => ({ path, type: 'directory' as const })),
  ];
  const more = members.reduce(
    (sum, member) => sum + tarHeaderBytes(below(folder, member)) - tarHeaderBytes(member),
    0,
  );
  const manifest = manifestMember(folder, textOf(entries));
  const own = tarHeaderBytes(manifest) + padded(manifest.size);
  return bundle.tarBytes - TAR_END.length + more + own;
}

function foldersOf(path: string): readonly string[] {
  const parts = path.split('/');
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'));
}

async function* write({ bundle, folder, entries }: OpenParcel): AsyncGenerator<Uint8Array> {
  const reader = new MemberReader(bundle.open());
  try {
    for (let member = await reader.next(); member !== undefined; member = await reader.next()) {
      yield tarHeader(below(folder, member));
      yield* reader.content(member);
      yield tarPadding(member.size);
    }
  } catch (error) {
    // So that it is noticed before anything is sent, when it is tried again.
    manifests.forget(bundle.digest);
    throw error instanceof RangeError ? damaged(bundle, messageOf(error)) : error;
  } finally {
    await reader.close();
  }
  const content = textOf(entries);
  yield tarHeader(manifestMember(folder, content));
  yield content;
  yield tarPadding(content.length);
}

function textOf(entries: readonly ManifestEntry[]): Buffer {
  return Buffer.from(formatManifest(entries));
}

function manifestMember(folder: string, { length }: Buffer): TarMember {
  return { path: `${folder}/${MANIFEST}`, type: 'file', executable: false, size: length };
}

function below<T extends Pick<TarMember, 'path'>>(folder: string, member: T): T {
  return { ...member, path: `${folder}/${member.path}` };
}
