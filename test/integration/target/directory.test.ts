// The target program on this machine's own tools, by every shell that it has to run in.
import { chown, mkdir, readFile, symlink } from 'node:fs/promises';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createScratch, type Scratch } from '../../../lib/embedded/scratch.ts';
import { silentLogger } from '../../../lib/logger.ts';
import { createRuntimes } from '../../../lib/runtimes/registry.ts';
import type { Runtime } from '../../../lib/runtimes/runtime.ts';
import type { SessionWorld } from '../../contract/session-ground.ts';
import { describeReload } from '../../contract/session-reload.ts';
import { describeSession } from '../../contract/session.ts';

const owner = { uid: 1000, gid: 1000 };
const TOOLS = '/usr/bin:/bin';

/** A PATH whose `sh` is another one. */
const shells: Readonly<Record<string, (folder: string) => Promise<string>>> = {
  dash: async (folder) => `${await linked(folder, { sh: '/bin/dash' })}:${TOOLS}`,
  bash: async (folder) => `${await linked(folder, { sh: '/bin/bash' })}:${TOOLS}`,
  'busybox, with busybox tools alone': async (folder) => linked(folder, await applets()),
};

for (const [name, searchPathIn] of Object.entries(shells)) {
  describe(`on a directory, by ${name}`, () => {
    let scratch: Scratch;
    let searchPath: string;
    let count = 0;

    before(async () => {
      scratch = await createScratch('target');
      await promisify(execFile)('chmod', ['755', scratch.path]);
      searchPath = await searchPathIn(scratch.path);
    });

    after(async () => {
      await scratch.remove();
    });

    const world: SessionWorld = {
      open: async (): Promise<Runtime> => {
        count += 1;
        const path = join(scratch.path, `workspace-${count}`);
        await mkdir(path);
        await chown(path, owner.uid, owner.gid);
        const config = {
          dockerHost: undefined,
          directoryRoots: [scratch.path],
          searchPath,
          logger: silentLogger,
        };
        return createRuntimes(config).open({
          kind: 'directory',
          path,
          pluginsPath: '/configs/plugins',
          owner,
        });
      },
      swapMode: name.startsWith('busybox') ? 'Rename' : 'Exchange',
    };
    describeSession(`a directory with ${name}`, world);
    describeReload(world);
  });
}

async function linked(folder: string, links: Readonly<Record<string, string>>): Promise<string> {
  const tools = join(folder, 'tools');
  await mkdir(tools);
  for (const [name, path] of Object.entries(links)) await symlink(path, join(tools, name));
  return tools;
}

async function applets(): Promise<Record<string, string>> {
  const run = promisify(execFile);
  const { stdout: where } = await run('sh', ['-c', 'command -v busybox']);
  const { stdout: names } = await run('busybox', ['--list']);
  await readFile(where.trim());
  return Object.fromEntries(
    names
      .trim()
      .split('\n')
      .map((name) => [name, where.trim()]),
  );
}
