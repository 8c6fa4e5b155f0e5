// The runtime for directories: the contract, and what only a folder can do.
import { chmod, chown, mkdir, rename, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { createScratch, type Scratch } from '../../../lib/embedded/scratch.ts';
import { silentLogger } from '../../../lib/logger.ts';
import { createRuntimes } from '../../../lib/runtimes/registry.ts';
import type { Runtime } from '../../../lib/runtimes/runtime.ts';
import { command, describeRuntime, failureOf, soon } from '../../contract/runtime.ts';
import { waitFor } from '../../support/wait-for.ts';

const owner = { uid: 1000, gid: 1000 };

describe('the runtime for directories', () => {
  let scratch: Scratch;
  let count = 0;

  before(async () => {
    scratch = await createScratch('directory');
    await chmod(scratch.path, 0o755);
  });

  after(async () => {
    await scratch.remove();
  });

  async function workspace(): Promise<string> {
    count += 1;
    const path = join(scratch.path, 'roots', `workspace-${count}`);
    await mkdir(path, { recursive: true });
    await chown(path, owner.uid, owner.gid);
    return path;
  }

  function open(path: string, pluginsPath = '/configs/plugins'): Runtime {
    const directoryRoots = [join(scratch.path, 'roots')];
    const config = {
      dockerHost: undefined,
      directoryRoots,
      searchPath: '/usr/bin:/bin',
      logger: silentLogger,
    };
    return createRuntimes(config).open({ kind: 'directory', path, pluginsPath, owner });
  }

  describeRuntime('a directory', { open: async () => open(await workspace()), owner });

  it('keeps the plugins folder below the workspace, however its path is written', async () => {
    const path = await workspace();
    expect(open(path).pluginsPath).to.equal(join(path, 'configs/plugins'));
    expect(open(path, '/../../etc/').pluginsPath).to.equal(join(path, 'etc'));
  });

  it('calls a missing folder unreachable, and does not make it', async () => {
    const runtime = open(join(scratch.path, 'roots', 'missing'));
    const failures = await Promise.all([
      failureOf(runtime.probe(soon())),
      failureOf(runtime.run(command('true'))),
    ]);
    expect(failures.map(({ reason }) => reason)).to.deep.equal([
      'WorkspaceUnreachable',
      'WorkspaceUnreachable',
    ]);
  });

  it('refuses what is not below a root, also by a symlink', async () => {
    await mkdir(join(scratch.path, 'outside'));
    const link = join(scratch.path, 'roots', 'link');
    await symlink(join(scratch.path, 'outside'), link);
    const paths = [join(scratch.path, 'outside'), link, `${scratch.path}/roots-not`];
    await mkdir(`${scratch.path}/roots-not`);
    const failures = await Promise.all(paths.map((path) => failureOf(open(path).probe(soon()))));
    expect(failures.map(({ reason }) => reason)).to.deep.equal(paths.map(() => 'RuntimeNotPermitted'));
  });

  it('refuses a plugins folder that a symlink leads out of the workspace', async () => {
    const path = await workspace();
    await symlink('/etc', join(path, 'configs'));
    expect((await failureOf(open(path).run(command('true')))).reason).to.equal('RuntimeNotPermitted');
  });

  it('takes a folder that was replaced for another run of the workspace', async () => {
    const path = await workspace();
    const before = await open(path).probe(soon());
    await rename(path, `${path}-old`);
    await mkdir(path);
    expect(await open(path).probe(soon())).not.to.deep.equal(before);
  });

  it('ends at the deadline all that the command started', async () => {
    const path = await workspace();
    const runtime = open(path);
    await failureOf(runtime.run(command('sleep 61.5 & sleep 61.5; true', { timeoutMs: 300 })));
    await waitFor('the processes to end', async () => {
      const { stdout } = await runtime.run(command("cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' '"));
      return !stdout.toString().includes('sleep 61.5 sleep 61.5');
    });
  });
});
