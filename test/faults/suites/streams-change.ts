// The change that the streams of row 15 carry: from one version to another, large enough that a transfer has a middle.
import type { Session } from '../../../lib/target/target.ts';
import { soon } from '../../contract/runtime.ts';
import { bundleOf, revisionOf } from '../../contract/bundles.ts';
import { V1, V2 } from '../../integration/target/stories.ts';

const BLOB_BYTES = 100 * 1024;
const FILES = {
  1: { ...V1, 'data/index.bin': Buffer.alloc(BLOB_BYTES, 'one') },
  2: { ...V2, 'data/index.bin': Buffer.alloc(BLOB_BYTES, 'two') },
} as const;

/** Installs the version. @throws Error when the session says it is done, and has not read back that digest */
export async function change(session: Session, version: 1 | 2): Promise<void> {
  const bundle = await bundleOf(FILES[version], { revision: revisionOf(version) });
  const wanted = { plugin: 'demo', bundle, url: 'local://demo', previousLimit: 1 } as const;
  const { look } = await session.install({ ...wanted, untracked: 'LeaveBehind' }, soon());
  const found = look.plugin.manifestDigest;
  if (found !== bundle.digest) throw new Error(`called done with ${found ?? 'nothing'} read back`);
}
