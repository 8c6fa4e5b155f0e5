import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startChild, untilReady } from '../../../lib/embedded/child.ts';
import { createScratch } from '../../../lib/embedded/scratch.ts';
import type { Scratch } from '../../../lib/embedded/scratch.ts';
import { waitFor } from '../../support/wait-for.ts';

describe('a child process', () => {
  let scratch: Scratch;

  beforeEach(async () => {
    scratch = await createScratch('child-test');
  });

  afterEach(async () => {
    await scratch.remove();
  });

  it('reports its exit code and the end of its output', async () => {
    const child = startChild({ name: 'x', argv: ['sh', '-c', 'echo one; echo two >&2; exit 3'] });
    await child.exited;
    expect(child.exitCode).to.equal(3);
    expect(child.log()).to.include('one').and.to.include('two');
  });

  it('gets its arguments as they are', async () => {
    const child = startChild({ name: 'x', argv: ['printf', '<%s>', 'a b', '$HOME', '"\'', '-'] });
    await child.exited;
    expect(child.log()).to.equal('<a b><$HOME><"\'><->');
  });

  it('gets the environment and the folder it is started with', async () => {
    const child = startChild({
      name: 'x',
      argv: ['sh', '-c', 'echo "$COLOUR in $(pwd)"'],
      env: { COLOUR: 'green', PATH: '/usr/bin:/bin' },
      cwd: scratch.path,
    });
    await child.exited;
    expect(child.log()).to.equal(`green in ${scratch.path}\n`);
  });

  it('may end gently when it is asked to', async () => {
    const child = startChild({
      name: 'x',
      argv: ['sh', '-c', 'trap "echo bye; exit 7" TERM; echo up; while :; do read -r _ || sleep 0.05; done'],
    });
    await waitFor('the child to be up', () => child.log().includes('up'));
    await child.stop(30_000);
    expect(child.exitCode).to.equal(7);
    expect(child.log()).to.include('bye');
  });

  it('is ended after the grace period when it does not end by itself', async () => {
    const child = startChild({
      name: 'x',
      argv: ['sh', '-c', 'trap "" TERM; echo up; while :; do sleep 0.05; done'],
    });
    await waitFor('the child to be up', () => child.log().includes('up'));
    await child.stop(100);
    expect(child.exitCode).to.equal(137);
  });

  it('takes its own children with it', async () => {
    const child = startChild({ name: 'x', argv: ['sh', '-c', 'sleep 300 & echo "pid $!."; wait'] });
    const pid = await waitFor('its child', () => /pid (\d+)\./.exec(child.log())?.[1]);
    await child.stop(0);
    await waitFor('its child to be gone', async () => !(await isRunning(pid)), 10_000);
  });

  it('may be stopped again, and after it has ended', async () => {
    const child = startChild({ name: 'x', argv: ['true'] });
    await child.exited;
    await child.stop(1_000);
    await child.stop(0);
    expect(child.exitCode).to.equal(0);
  });

  it('that does not exist ends with 127 and says so', async () => {
    const child = startChild({ name: 'x', argv: ['no-such-program-anywhere'] });
    await child.exited;
    expect(child.exitCode).to.equal(127);
    expect(child.log()).to.include('no-such-program-anywhere');
  });

  it('is gone, with its descendants and its folder, when its parent is killed', async () => {
    const parent = spawn(process.execPath, [join(import.meta.dirname, 'fixture.ts')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const [folder = '', ...pids] = line.toString().trim().split(' ');
    expect(pids).to.have.lengthOf(2);
    parent.kill('SIGKILL');
    for (const pid of pids) {
      await waitFor(`process ${pid} to be gone`, async () => !(await isRunning(pid)), 10_000);
    }
    await waitFor('the folder to be gone', async () => !(await exists(folder)), 10_000);
  });
});

describe('waiting for a child to be ready', () => {
  it('ends when it is', async () => {
    const child = startChild({ name: 'x', argv: ['sh', '-c', 'echo up; sleep 300'] });
    await untilReady(child, () => Promise.resolve(child.log().includes('up')), 10_000);
    await child.stop(0);
  });

  it('fails with the end of the log when the child ends', async () => {
    const child = startChild({ name: 'gizmo', argv: ['sh', '-c', 'echo no luck; exit 4'] });
    const error = await failureOf(untilReady(child, () => Promise.resolve(false), 10_000));
    expect(error).to.include('gizmo ended with exit code 4').and.to.include('no luck');
  });

  it('fails with the last answer too when the child ends', async () => {
    const child = startChild({ name: 'gizmo', argv: ['sleep', '300'] });
    const endsIt = async (): Promise<boolean> => {
      await child.stop(0);
      throw new Error('its friend is gone');
    };
    expect(await failureOf(untilReady(child, endsIt, 10_000))).to.include('its friend is gone');
  });

  it('fails with the last answer when the deadline passes', async () => {
    const child = startChild({ name: 'gizmo', argv: ['sleep', '300'] });
    const error = await failureOf(untilReady(child, () => Promise.reject(new Error('refused')), 100));
    expect(error).to.include('gizmo was not ready after 0.1 s').and.to.include('refused');
    await child.stop(0);
  });
});

describe('a scratch folder', () => {
  it('is there, and is gone with its content after its removal', async () => {
    const scratch = await createScratch('scratch-test');
    await writeFile(join(scratch.path, 'file'), 'content');
    await scratch.remove();
    expect(await exists(scratch.path)).to.equal(false);
  });

  it('may be removed again', async () => {
    const scratch = await createScratch('scratch-test');
    await scratch.remove();
    await scratch.remove();
    expect(await exists(scratch.path)).to.equal(false);
  });
});

/** A zombie, which nobody may have waited for yet, does not run. */
async function isRunning(pid: string): Promise<boolean> {
  try {
    return !/^State:\s+Z/m.test(await readFile(`/proc/${pid}/status`, 'utf8'));
  } catch {
    // No such process.
    return false;
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function failureOf(work: Promise<void>): Promise<string> {
  return work.then(
    () => 'no failure',
    (error: unknown) => String(error),
  );
}
