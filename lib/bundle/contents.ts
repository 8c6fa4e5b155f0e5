// Reads the manifest of a packed plugin back from its own canonical tar.
import { createHash } from 'node:crypto';
import { messageOf, TransientError } from '../errors.ts';
import type { Bundle, Digest, ManifestEntry } from './bundle.ts';
import { digestOf } from './digest.ts';
import { formatManifest } from './manifest.ts';
import { MemberReader } from './members.ts';
import { Recent } from './recent.ts';
import type { TarMember } from './tar.ts';

/**
 * Every file with its mode and hash, sorted by path. The tar is hashed on the way, so that what is returned has the
 * bundle's digest.
 * @throws TransientError `FetchFailed`: the packed content is not what was written
 */
export async function manifestOf(bundle: Bundle): Promise<readonly ManifestEntry[]> {
  const reader = new MemberReader(bundle.open());
  const entries: ManifestEntry[] = [];
  try {
    for (let member = await reader.next(); member !== undefined; member = await reader.next()) {
      if (member.type === 'file') entries.push(await hash(reader, member));
    }
  } catch (error) {
    throw error instanceof RangeError ? damaged(bundle, messageOf(error)) : error;
  } finally {
    await reader.close();
  }
  if (digestOf(formatManifest(entries)) !== bundle.digest) throw damaged(bundle, 'it has another digest');
  return entries;
}

async function hash(reader: MemberReader, member: TarMember): Promise<ManifestEntry> {
  const { path, executable } = member;
  const sum = createHash('sha256');
  for await (const piece of reader.content(member)) sum.update(piece);
  return { mode: executable ? '755' : '644', sha256: sum.digest('hex'), path };
}

/** The packed content is not what was written. */
export function damaged({ revision }: Pick<Bundle, 'revision'>, why: string): TransientError {
  return new TransientError('FetchFailed', `the packed content of revision ${revision} is damaged: ${why}`);
}

/** Remembers the manifests of contents that are asked for again and again. */
export class Manifests {
  readonly #known: Recent<Digest, Known>;

  /** @param maxFiles how many files all that is remembered may have together, at some 300 bytes each */
  constructor(maxFiles: number) {
    this.#known = new Recent({ room: maxFiles, weigh: ({ files }) => files });
  }

  /** As `manifestOf`. */
  of(bundle: Bundle): Promise<readonly ManifestEntry[]> {
    const { digest, files } = bundle;
    const remembered = this.#known.get(digest);
    const known = remembered ?? { files, manifest: manifestOf(bundle) };
    if (remembered === undefined) this.#known.keep(digest, known);
    return known.manifest.catch((error: unknown) => {
      if (this.#known.get(digest) === known) this.forget(digest);
      throw error;
    });
  }

  forget(digest: Digest): void {
    this.#known.forget(digest);
  }
}

interface Known {
  readonly files: number;
  readonly manifest: Promise<readonly ManifestEntry[]>;
}
