// All sources there are, behind one door: which one serves a URL, with the caches they share.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { BundleStore } from '../bundle/store.ts';
import type { Clock } from '../clock.ts';
import type { Logger } from '../logger.ts';
import { GitSource } from './git.ts';
import { LocalSource } from './local.ts';
import type { Source, SourceLocation } from './source.ts';
import { parseSourceURL } from './url.ts';

export interface SourcesConfig {
  /** Absolute; made when missing. Belongs to one process. */
  readonly cacheDir: string;
  /** Absolute; undefined where there is none. */
  readonly localCatalog: string | undefined;
  /** Absolute. */
  readonly fileSourceRoots: readonly string[];
  readonly githubBaseURL: string;
  /** Patterns of the hosts that may be asked, `github://` included; empty: any. */
  readonly sourceHosts: readonly string[];
  /** Whether a git source without any ref stands for its default branch. */
  readonly allowUnpinned: boolean;
  /** Where git is found. */
  readonly searchPath: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface Sources {
  /** @throws PermanentError `InvalidURL`, `NotPermitted` */
  parse(url: string): SourceLocation;
  of(location: SourceLocation): Source;
  /** Calls back when a repository (`SourceLocation.repository`) answers with other refs than it did before. */
  onChange(listener: (repository: string) => void): void;
}

/** Removes what a killed controller may have left in its cache, files with credentials among it. */
export async function removeLeftovers(cacheDir: string): Promise<void> {
  await rm(join(cacheDir, 'git'), { recursive: true, force: true });
}

/** Nothing is touched or started until the first request. */
export function createSources(config: SourcesConfig): Sources {
  const store = new BundleStore({ dir: join(config.cacheDir, 'bundles'), logger: config.logger });
  const git = new GitSource({ ...config, dir: join(config.cacheDir, 'git'), store });
  const local = new LocalSource({ catalog: config.localCatalog, store, clock: config.clock });
  return {
    parse: (url) => parseSourceURL(url, config),
    of: ({ kind }) => (kind === 'git' ? git : local),
    onChange: (listener) => {
      git.onChange(listener);
    },
  };
}
