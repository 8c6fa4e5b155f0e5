// Plugins as people write them, for repositories and catalogs.
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { RepositoryFile, RepositoryFiles } from '../../../lib/embedded/git-repository.ts';

/** A plugin with a file of each kind that an agent loads; `changes` replaces or adds files. */
export function pluginFiles(version: string, changes: RepositoryFiles = {}): RepositoryFiles {
  return {
    'plugin.yaml': `name: browser\nversion: ${version}\n`,
    'rules/style.md': `Be brief (${version}).\n`,
    'skills/browse/SKILL.md': `# Browse ${version}\n`,
    'skills/browse/run.sh': { content: '#!/bin/sh\necho browse\n', executable: true },
    'assets/two words.txt': 'kept\n',
    ...changes,
  };
}

/** The same files in a folder of the repository. */
export function inFolder(folder: string, files: RepositoryFiles): RepositoryFiles {
  return Object.fromEntries(
    Object.entries(files).map(([path, file]): [string, RepositoryFile] => [`${folder}/${path}`, file]),
  );
}

/** Writes files of text below a folder. */
export async function writeFiles(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
}
