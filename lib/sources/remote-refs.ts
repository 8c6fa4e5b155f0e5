// The refs of a remote repository, as `ls-remote` tells them.
import { PermanentError, TransientError } from '../errors.ts';

export interface RemoteRefs {
  /** Name to commit; an annotated tag is peeled to what it stands for. */
  readonly tags: ReadonlyMap<string, string>;
  readonly branches: ReadonlyMap<string, string>;
  /** What the default branch points at; known only when it was asked for. */
  readonly head: string | undefined;
}

const LINE_FEED = 0x0a;
const TAB = 0x09;
const SHA = /^([0-9a-f]{40}|[0-9a-f]{64})$/;
/** Names that could not be shown in a status are as good as absent. */
const SHOWABLE = /^[^\p{C}\p{Z}]{1,255}$/u;
/** Far more than repositories of plugins have; all of them are held in memory. */
export const MAX_REFS = 20_000;

export interface RefsReading {
  /** For messages. */
  readonly repository: string;
  /** Of the name of a branch or tag: whether it would show what must not be shown; it is as good as absent. */
  readonly reveals: (name: string) => boolean;
}

/** @throws TransientError `FetchFailed` for what is no list of refs; PermanentError `TooLarge` for too many */
export function parseRemoteRefs(output: Buffer, { repository, reveals }: RefsReading): RemoteRefs {
  const tags = new Map<string, string>();
  const branches = new Map<string, string>();
  let head: string | undefined;
  const add = (refs: Map<string, string>, name: string, sha: string): void => {
    if (SHOWABLE.test(name) && !reveals(name)) refs.set(name, sha);
  };
  for (const { sha, ref } of linesOf(output)) {
    if (ref === 'HEAD') head = sha;
    if (ref.startsWith('refs/heads/')) add(branches, ref.slice('refs/heads/'.length), sha);
    // The peeled line follows its tag's own, and takes its place.
    if (ref.startsWith('refs/tags/')) add(tags, ref.slice('refs/tags/'.length).replace(/\^\{\}$/, ''), sha);
  }
  const count = tags.size + branches.size;
  if (count <= MAX_REFS) return { tags, branches, head };
  throw new PermanentError(
    'TooLarge',
    `${repository} has ${count} branches and tags; one with more than ${MAX_REFS} is not followed, name a commit instead`,
  );
}

/** Each string is one of its own: a part of a larger one would keep all of that in memory. */
function* linesOf(output: Buffer): Generator<{ readonly sha: string; readonly ref: string }> {
  for (let start = 0; start < output.length;) {
    const found = output.indexOf(LINE_FEED, start);
    const line = output.subarray(start, found === -1 ? output.length : found);
    start += line.length + 1;
    if (line.length === 0) continue;
    const tab = line.indexOf(TAB);
    const sha = line.toString('latin1', 0, Math.max(0, tab));
    if (!SHA.test(sha) || tab + 1 === line.length) {
      throw new TransientError('FetchFailed', 'the server answered with something that is no list of refs');
    }
    yield { sha, ref: line.toString('utf8', tab + 1) };
  }
}

export function equalRefs(a: RemoteRefs, b: RemoteRefs): boolean {
  return a.head === b.head && equalMaps(a.tags, b.tags) && equalMaps(a.branches, b.branches);
}

function equalMaps(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  return a.size === b.size && a.entries().every(([name, sha]) => b.get(name) === sha);
}
