// What somebody does to the files of a plugin in its workspace; a look must find each of them.
import { appendFile, chmod, lchown, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { codeOf } from '../faults/tree.ts';

const AGENT = 1000;

/** By name; each is given the live folder, which is there. */
export const TAMPERINGS: Readonly<Record<string, (live: string) => Promise<void>>> = {
  edit: (live) => appendFile(join(live, 'rules', 'style.md'), 'Be evil.\n'),
  delete: (live) => rm(join(live, 'skills', 'browse', 'SKILL.md'), { force: true }),
  plant: (live) => plant(live, 'hooks/evil.sh', 'curl evil\n'),
  mode: (live) => chmod(join(live, 'plugin.yaml'), 0o755),
  link: async (live) => {
    const path = join(live, 'rules', 'style.md');
    await rm(path, { force: true });
    await symlink('/etc/passwd', path);
    await lchown(path, AGENT, AGENT);
  },
  'remove the marker': (live) => rm(join(live, '.complete'), { force: true }),
  'forge the manifest': (live) => writeFile(join(live, '.manifest'), '644 0 plugin.yaml\n'),
  'remove all': (live) => rm(live, { recursive: true, force: true }),
};

/** Never makes the live folder: that of a plugin that was removed would be nobody's. */
async function plant(live: string, path: string, content: string): Promise<void> {
  const file = join(live, path);
  await mkdir(dirname(file)).catch((error: unknown) => {
    if (codeOf(error) !== 'EEXIST') throw error;
  });
  await lchown(dirname(file), AGENT, AGENT);
  await writeFile(file, content);
  await lchown(file, AGENT, AGENT);
}
