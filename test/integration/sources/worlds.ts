// Real sources, each with a repository of its own in a folder that goes away.
import { chmod, mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { systemClock } from '../../../lib/clock.ts';
import { GitServer } from '../../../lib/embedded/git-server.ts';
import type { Repository, RepositoryFiles } from '../../../lib/embedded/git-repository.ts';
import { createScratch, type Scratch } from '../../../lib/embedded/scratch.ts';
import { createSources, type Sources, type SourcesConfig } from '../../../lib/sources/registry.ts';
import { overheardLogger } from '../../support/canaries.ts';
import type { Files } from '../../contract/bundles.ts';
import type { SourceWorld } from '../../contract/source.ts';

export interface GitWorld extends SourceWorld {
  readonly server: GitServer;
  readonly upstream: Repository;
  readonly sources: Sources;
  readonly cacheDir: string;
  restart(): GitWorld;
}

interface GitParts {
  readonly server: GitServer;
  readonly scratch: Scratch;
  readonly upstream: Repository;
  readonly scheme: 'http' | 'file';
}

const NAME = 'team/plugin';

export function configOf(change: Partial<SourcesConfig> & { readonly cacheDir: string }): SourcesConfig {
  return {
    localCatalog: undefined,
    fileSourceRoots: [],
    sourceHosts: [],
    githubBaseURL: 'http://127.0.0.1:1',
    allowUnpinned: false,
    searchPath: process.env['PATH'] ?? '',
    clock: systemClock,
    logger: overheardLogger('logs of sources'),
    ...change,
  };
}

export async function openGit(scheme: 'http' | 'file'): Promise<GitWorld> {
  const [server, scratch] = [await GitServer.start(), await createScratch('sources')];
  return gitWorld({ server, scratch, scheme, upstream: await server.repository(NAME) });
}

function gitWorld(parts: GitParts): GitWorld {
  const { server, scratch, upstream, scheme } = parts;
  const cacheDir = join(scratch.path, 'cache');
  const sources = createSources(
    configOf({
      cacheDir,
      fileSourceRoots: [server.root],
      githubBaseURL: server.url,
    }),
  );
  const location = sources.parse(
    scheme === 'http' ? server.urlOf(NAME) : `file://${join(server.root, NAME)}`,
  );
  return {
    ...{ server, upstream, sources, cacheDir, repository: location.repository, source: sources.of(location) },
    selector: { kind: 'branch', name: 'main' },
    publish: async (files) => {
      await upstream.commit({ ...files, link: { linkTo: 'plugin.yaml' } } satisfies RepositoryFiles);
    },
    cut: () => (scheme === 'http' ? server.pause() : rename(upstream.path, `${upstream.path}.away`)),
    mend: () => (scheme === 'http' ? server.resume() : rename(`${upstream.path}.away`, upstream.path)),
    restart: () => gitWorld(parts),
    close: async () => {
      await server.close();
      await scratch.remove();
    },
  };
}

export async function openLocal(): Promise<SourceWorld & { readonly folder: string }> {
  return localWorld(await createScratch('sources'));
}

function localWorld(scratch: Scratch): SourceWorld & { readonly folder: string } {
  const catalog = join(scratch.path, 'catalog');
  const folder = join(catalog, 'plugin');
  const sources = createSources(configOf({ cacheDir: join(scratch.path, 'cache'), localCatalog: catalog }));
  const location = sources.parse('local://plugin');
  return {
    ...{ folder, repository: location.repository, source: sources.of(location), selector: undefined },
    publish: async (files) => {
      await rm(folder, { recursive: true, force: true });
      for (const [path, file] of Object.entries(files)) await writeOne(join(folder, path), file);
      await symlink('plugin.yaml', join(folder, 'link'));
    },
    cut: () => rename(folder, `${folder}.away`),
    mend: () => rename(`${folder}.away`, folder),
    restart: () => localWorld(scratch),
    close: () => scratch.remove(),
  };
}

async function writeOne(path: string, file: Files[string]): Promise<void> {
  const isPlain = typeof file === 'string' || file instanceof Uint8Array;
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, isPlain ? file : file.content);
  await chmod(path, !isPlain && file.executable ? 0o755 : 0o644);
}
