// Reading a repository in place: past git's check of what it fetches, as an older git or another flaw would let it.
import { dirname } from 'node:path';
import { packInto } from '../../../lib/bundle/pack.ts';
import { GitObjects } from '../../../lib/sources/git-objects.ts';
import { GitRunner } from '../../../lib/sources/git-process.ts';
import { listTree } from '../../../lib/sources/git-tree.ts';

/** @throws as a fetch would, whatever git's check may have to say */
export async function packUnchecked(gitDir: string, revision: string): Promise<void> {
  const git = new GitRunner({ searchPath: process.env['PATH'] ?? '', home: dirname(gitDir) });
  const request = { git, gitDir, revision, path: undefined, signal: new AbortController().signal };
  await using objects = new GitObjects(git, request);
  await packInto(await listTree(request, objects), () => Promise.resolve());
}
