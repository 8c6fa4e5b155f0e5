// The plugin that the stories install, in two versions, and what a tree on disk must hold to be one of them.
import { createHash } from 'node:crypto';
import type { RepositoryFiles } from '../../lib/embedded/git-repository.ts';

export type VersionName = 'v1' | 'v2';

export interface Version {
  readonly name: VersionName;
  readonly files: RepositoryFiles;
  /** `<644|755> <sha256>` of each path. */
  readonly sheet: ReadonlyMap<string, string>;
  /** `sha256:` of the manifest, by its definition: nothing of the product's own code is asked. */
  readonly digest: string;
}

/** So large that a transfer has a middle: a pipe holds 64 KiB. */
const BLOB_BYTES = 150 * 1024;

export const ONLY_IN_TWO = 'rules/only-in-two.md';

const SHARED: RepositoryFiles = {
  'skills/browse/run.sh': { content: '#!/bin/sh\necho browsing\n', executable: true },
};

export const VERSIONS: Readonly<Record<VersionName, Version>> = {
  v1: version('v1', {
    ...SHARED,
    'skills/browse/SKILL.md': '# Browse\n\nOpen a page and read it.\n',
    'plugin.yaml': 'name: browser\nversion: 1.0.0\n',
    'rules/polite.md': 'Be polite.\n',
    'rules/only-in-one.md': 'Gone in the second version.\n',
    'data/index.bin': blob('one'),
  }),
  v2: version('v2', {
    ...SHARED,
    'skills/browse/SKILL.md': '# Browse\n\nOpen a page and read it twice.\n',
    'plugin.yaml': 'name: browser\nversion: 2.0.0\n',
    'rules/polite.md': 'Be very polite.\n',
    [ONLY_IN_TWO]: 'New in the second version.\n',
    'data/index.bin': blob('two'),
  }),
};

function version(name: VersionName, files: RepositoryFiles): Version {
  const sheet = new Map(
    Object.entries(files).map(([path, file]) => {
      const isExecutable = typeof file === 'object' && 'executable' in file && file.executable;
      return [path, `${isExecutable ? '755' : '644'} ${sha256(contentOf(file))}`] as const;
    }),
  );
  const paths = [...sheet.keys()].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const manifest = paths.map((path) => `${sheet.get(path) ?? ''} ${path}\n`).join('');
  return { name, files, sheet, digest: `sha256:${sha256(manifest)}` };
}

function contentOf(file: RepositoryFiles[string]): string | Uint8Array {
  if (typeof file === 'string' || file instanceof Uint8Array) return file;
  return 'content' in file ? file.content : '';
}

export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

function blob(seed: string): Uint8Array {
  return Buffer.alloc(BLOB_BYTES, createHash('sha512').update(seed).digest());
}
