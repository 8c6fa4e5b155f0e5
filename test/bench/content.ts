// The plugins that are installed: small ones as teams share them in one repository, and one of twenty files.
import type { Bundle } from '../../lib/bundle/bundle.ts';
import { pack } from '../../lib/bundle/pack.ts';
import { entriesOf } from '../contract/bundles.ts';

/** Path to text. */
export type Texts = Readonly<Record<string, string>>;

/** Plugins in each workspace; as many folders in the repository. */
export const PLUGINS = 10;

/** Five files, 4 KB. */
export function smallPlugin(version: string): Texts {
  return pluginOf(version, 3);
}

/** Twenty files, 30 KB. */
export function largePlugin(version: string): Texts {
  return pluginOf(version, 18);
}

/** All plugins of a workspace, each in a folder of its own. */
export function repositoryFiles(version: string): Texts {
  return Object.fromEntries(
    Array.from({ length: PLUGINS }, (_, index) => folderOf(index)).flatMap((folder) =>
      Object.entries(smallPlugin(`${version}-${folder}`)).map(([path, file]): [string, string] => [
        `${folder}/${path}`,
        file,
      ]),
    ),
  );
}

/** The folder of a plugin in the repository, and its name. */
export function folderOf(index: number): string {
  return `plugin-${index}`;
}

function pluginOf(version: string, skills: number): Texts {
  const files = Array.from({ length: skills }, (_, index): [string, string] => [
    `skills/skill-${index}/SKILL.md`,
    `# Skill ${index}, ${version}\n\n${'Read the page before you answer.\n'.repeat(40)}`,
  ]);
  return {
    'plugin.yaml': 'name: bench\nversion: 1.0.0\ndescription: what a push leaves as it is\n',
    'rules/style.md': `Be brief (${version}).\n`,
    ...Object.fromEntries(files),
  };
}

/** @param number differs for each revision */
export function packed(files: Texts, number: number): Promise<Bundle> {
  return pack(entriesOf(files), { revision: number.toString(16).padStart(40, '0') });
}
