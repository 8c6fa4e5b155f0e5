// The refs of a remote repository, as `ls-remote` tells them.
import { TransientError } from '../errors.ts';

export interface RemoteRefs {
  /** Name to commit; an annotated tag is peeled to what it stands for. */
  readonly tags: ReadonlyMap<string, string>;
  readonly branches: ReadonlyMap<string, string>;
  /** What the default branch points at; known only when it was asked for. */
  readonly head: string | undefined;
}

const LINE = /^([0-9a-f]{40}|[0-9a-f]{64})\t(.+)$/;
/** Names that could not be shown in a status are as good as absent. */
const SHOWABLE = /^[^\p{C}\p{Z}]{1,255}$/u;

/** @throws TransientError `FetchFailed` for what is no list of refs */
export function parseRemoteRefs(output: string): RemoteRefs {
  const tags = new Map<string, string>();
  const branches = new Map<string, string>();
  let head: string | undefined;
  for (const line of output.split('\n').filter((text) => text !== '')) {
    const [, sha, ref] = LINE.exec(line) ?? [];
    if (sha === undefined || ref === undefined) {
      throw new TransientError('FetchFailed', 'the server answered with something that is no list of refs');
    }
    if (ref === 'HEAD') head = sha;
    if (ref.startsWith('refs/heads/')) add(branches, ref.slice('refs/heads/'.length), sha);
    // The peeled line follows its tag's own, and takes its place.
    if (ref.startsWith('refs/tags/')) add(tags, ref.slice('refs/tags/'.length).replace(/\^\{\}$/, ''), sha);
  }
  return { tags, branches, head };
}

export function equalRefs(a: RemoteRefs, b: RemoteRefs): boolean {
  return a.head === b.head && equalMaps(a.tags, b.tags) && equalMaps(a.branches, b.branches);
}

function add(refs: Map<string, string>, name: string, sha: string): void {
  if (SHOWABLE.test(name)) refs.set(name, sha);
}

function equalMaps(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  return a.size === b.size && a.entries().every(([name, sha]) => b.get(name) === sha);
}
