// What is declared, as the soak remembers it: which plugin is wanted where, and at which version.
import type { Repository } from '../../lib/embedded/git-repository.ts';
import { pluginFiles } from '../integration/stories/plugins.ts';
import { pick, type Random } from '../faults/random.ts';

/** A version upstream: a commit on `main` with a tag. */
export interface Version {
  readonly version: string;
  readonly tag: string;
  readonly revision: string;
}

/** `Follow`: the branch, whatever it is at. Undefined: not wanted. */
export type Wish =
  { readonly kind: 'Follow' } | { readonly kind: 'Pin'; readonly version: Version } | undefined;

export interface Declared {
  /** Of the object and of the plugin. */
  readonly name: string;
  readonly workspace: string;
  wish: Wish;
}

/** So old a version is pinned at most. */
const RECENT = 5;

export class Wishes {
  readonly declared: readonly Declared[];
  readonly #repository: Repository;
  #versions: Version[] = [];

  /** Every plugin follows the branch at first. */
  constructor(repository: Repository, workspaces: readonly string[], plugins: readonly string[]) {
    this.#repository = repository;
    this.declared = workspaces.flatMap((workspace) =>
      plugins.map((plugin) => ({
        name: `${workspace}-${plugin}`,
        workspace,
        wish: { kind: 'Follow' } as const,
      })),
    );
  }

  get wanted(): readonly Declared[] {
    return this.declared.filter(({ wish }) => wish !== undefined);
  }

  async publish(): Promise<Version> {
    const version = `1.0.${this.#versions.length}`;
    const tag = `v${version}`;
    const revision = await this.#repository.commit(pluginFiles(version));
    await this.#repository.tag(tag, revision);
    const made = { version, tag, revision };
    this.#versions.push(made);
    return made;
  }

  recent(random: Random): Version {
    return pick(random, this.#versions.slice(-RECENT));
  }

  /** What must be there in the end; undefined: nothing. */
  versionOf({ wish }: Declared): Version | undefined {
    if (wish?.kind === 'Pin') return wish.version;
    return wish === undefined ? undefined : this.#versions.at(-1);
  }
}
