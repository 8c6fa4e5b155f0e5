// What differs between two contents of a plugin, and whether an agent takes that up without a restart; pure.
import type { ManifestEntry } from './bundle.ts';

/** Paths of files, each list in the order of the manifest. */
export interface Difference {
  readonly added: readonly string[];
  /** Of other content or another mode. */
  readonly modified: readonly string[];
  readonly removed: readonly string[];
}

export function differenceOf(before: readonly ManifestEntry[], after: readonly ManifestEntry[]): Difference {
  const old = new Map(before.map((entry) => [entry.path, entry]));
  const paths = new Set(after.map(({ path }) => path));
  const kept = after.filter(({ path }) => old.has(path));
  return {
    added: pathsOf(after.filter(({ path }) => !old.has(path))),
    modified: pathsOf(kept.filter((entry) => !isSame(entry, old.get(entry.path)))),
    removed: pathsOf(before.filter(({ path }) => !paths.has(path))),
  };
}

export type ReloadClass = 'HotReload' | 'Restart';

/**
 * What an agent reloads by itself: skills, rules, and prompt fragments, which are the `*.md` at the root. Anything
 * else, known or not, needs a restart. `note_change` in clean.sh says the same of what is on disk.
 */
const HOT = /^(skills\/.+|rules\/.+|[^/]*\.md)$/s;

export function reloadClass({ added, modified, removed }: Difference): ReloadClass {
  return [...added, ...modified, ...removed].every((path) => HOT.test(path)) ? 'HotReload' : 'Restart';
}

function isSame(a: ManifestEntry, b: ManifestEntry | undefined): boolean {
  return a.sha256 === b?.sha256 && a.mode === b.mode;
}

function pathsOf(entries: readonly ManifestEntry[]): readonly string[] {
  return entries.map(({ path }) => path);
}
