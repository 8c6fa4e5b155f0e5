// The runtime for directories: the contract, and what only a folder can do.
import { chmod, chown, mkdir, readFile, rename, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { createScratch, type Scratch } from '../../../lib/embedded/scratch.ts';
import { silentLogger } from '../../../lib/logger.ts';
import { createRuntimes } from '../../../lib/runtimes/registry.ts';
import type { ReloadSignal, Runtime } from '../../../lib/runtimes/runtime.ts';
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

  function open(path: string, pluginsPath = '/configs/plugins', reload?: ReloadSignal): Runtime {
    const directoryRoots = [join(scratch.path, 'roots')];
    const config = {
      dockerHost: undefined,
      directoryRoots,
      searchPath: '/usr/bin:/bin',
      logger: silentLogger,
    };
    const more = reload === undefined ? {} : { reload };
    return createRuntimes(config).open({ kind: 'directory', path, pluginsPath, owner, ...more });
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

  describe('told how to reload the agent', () => {
    const reload: ReloadSignal = { pidFile: '/run/agent.pid', signal: 'USR1' };
    const agent = 'trap "echo told >> heard" USR1; echo $$ > run/agent.pid; while :; do sleep 0.05; done';

    it('signals the process that the file names, as often as it is asked', async () => {
      const path = await workspace();
      const runtime = open(path, undefined, reload);
      const end = new AbortController();
      const running = runtime.run(command(`mkdir run; ${agent}`, { signal: end.signal }));
      const ended = running.catch((error: unknown) => error);
      await waitFor('the agent', async () => (await readFile(join(path, 'run/agent.pid'), 'utf8')) !== '');
      for (const heard of ['told\n', 'told\ntold\n']) {
        await runtime.restart(soon());
        await waitFor('the signal', async () => (await readFile(join(path, 'heard'), 'utf8')) === heard);
      }
      end.abort(new Error('over'));
      await ended;
      await runtime.restart(soon());
    });

    it('takes a missing file, and one that names no process, for an agent that does not run', async () => {
      const path = await workspace();
      const runtime = open(path, undefined, reload);
      await runtime.restart(soon());
      await runtime.run(command('mkdir run && echo 4194304 > run/agent.pid'));
      await runtime.restart(soon());
    });

    for (const [what, script, said] of [
      ['holds words', 'echo x > run/agent.pid', 'holds no process id'],
      ['holds a group', 'echo -1 > run/agent.pid', 'holds no process id'],
      ['is empty', ': > run/agent.pid', 'holds no process id'],
      ['holds NULs without end', 'head -c 300000 /dev/zero > run/agent.pid', 'holds no process id'],
      ['is a FIFO', 'mkfifo run/agent.pid', 'is no file'],
      ['names the first process', 'echo 1 > run/agent.pid', 'names the controller or the first process'],
      ["names the controller's", `echo ${process.pid} > run/agent.pid`, 'names the controller or the first'],
      ["names somebody else's", `echo ${process.ppid} > run/agent.pid`, 'may not signal'],
    ] as const) {
      it(`refuses a file that ${what}`, async () => {
        const path = await workspace();
        const runtime = open(path, undefined, reload);
        await runtime.run(command(`mkdir run && ${script}`));
        const failure = await failureOf(runtime.restart(soon()));
        expect(failure).to.deep.include({ name: 'TransientError', reason: 'RestartFailed' });
        expect(failure.message).to.include(`USR1 could not be sent to the agent: ${path}/run/agent.pid`);
        expect(failure.message).to.include(said);
      });
    }
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
