// Which of a repository's refs a selector means; a function of both and nothing else.
import { compare, parse, satisfies, type SemVer } from 'semver';
import { printable } from '../bundle/printable.ts';
import { TransientError } from '../errors.ts';
import { compareNatural } from './natural.ts';
import { nearMisses } from './near.ts';
import { selectorText } from './ref-name.ts';
import type { RemoteRefs } from './remote-refs.ts';
import type { RefSelector, Resolved } from './source.ts';

/** `ref` is the name of the tag or branch, or the SHA. */
export type Selected = Pick<Resolved, 'revision' | 'ref' | 'refKind'>;

/** @throws TransientError `RefNotFound` that names what is alike: somebody may push it yet */
export function selectRef(refs: RemoteRefs, selector: RefSelector): Selected {
  const selected = find(refs, selector);
  if (selected !== undefined) return selected;
  throw new TransientError(
    'RefNotFound',
    `the repository has no ${selectorText(selector)}; ${hint(refs, selector)}`,
  );
}

function find(refs: RemoteRefs, selector: RefSelector): Selected | undefined {
  switch (selector.kind) {
    case 'sha':
      return { revision: selector.sha, ref: selector.sha, refKind: 'revision' };
    case 'tag':
      return tag(refs, selector.name);
    case 'branch':
      return branch(refs, selector.name);
    case 'any':
      return tag(refs, selector.name) ?? branch(refs, selector.name);
    case 'latest':
      return tag(refs, latest(refs.tags.keys()));
    case 'semver':
      return tag(refs, highest(versions(refs.tags.keys()).filter(isIn(selector.range))));
  }
}

function tag({ tags }: RemoteRefs, name: string | undefined): Selected | undefined {
  const revision = name === undefined ? undefined : tags.get(name);
  return revision === undefined || name === undefined ? undefined : { revision, ref: name, refKind: 'tag' };
}

function branch({ branches }: RemoteRefs, name: string): Selected | undefined {
  const revision = branches.get(name);
  return revision === undefined ? undefined : { revision, ref: name, refKind: 'branch' };
}

interface Version {
  readonly tag: string;
  readonly version: SemVer;
}

/** The highest release; where no tag is a version at all, the last in natural order. */
function latest(tags: Iterable<string>): string | undefined {
  const names = [...tags];
  const known = versions(names);
  if (known.length === 0) return names.sort(compareNatural).at(-1);
  return highest(known.filter(({ version }) => version.prerelease.length === 0));
}

/** Tags that are a version by the letter of the standard, `v` in front or not. */
function versions(tags: Iterable<string>): readonly Version[] {
  return Iterator.from(tags)
    .flatMap((tag) => {
      const version = parse(tag.replace(/^v/, ''));
      return version === null ? [] : [{ tag, version }];
    })
    .toArray();
}

/** Of equal versions (`1.0.0`, `v1.0.0`) the last in natural order, so that the answer never depends on the server's order. */
function highest(candidates: readonly Version[]): string | undefined {
  return candidates.toSorted((a, b) => compare(a.version, b.version) || compareNatural(a.tag, b.tag)).at(-1)
    ?.tag;
}

function isIn(range: string): (candidate: Version) => boolean {
  return ({ version }) => satisfies(version, range);
}

function hint(refs: RemoteRefs, selector: RefSelector): string {
  const pool = selector.kind === 'branch' ? [...refs.branches.keys()] : [...refs.tags.keys()];
  const names = selector.kind === 'any' ? [...pool, ...refs.branches.keys()] : pool;
  const what =
    selector.kind === 'branch' ? 'branches' : selector.kind === 'any' ? 'tags and branches' : 'tags';
  const near = 'name' in selector ? nearMisses(selector.name, names) : [];
  if (near.length > 0) return `did you mean ${near.map((name) => printable(name)).join(' or ')}?`;
  const last = names
    .sort(compareNatural)
    .slice(-3)
    .map((name) => printable(name));
  return names.length === 0
    ? `it has no ${what}`
    : `it has ${names.length} ${what}, the last of them ${last.join(', ')}`;
}
