// Commands that meet at the lock of a dead one, with tools so slow at it that every order of their steps comes about.
import { execFile } from 'node:child_process';
import { chmod, chown, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { systemClock } from '../../../lib/clock.ts';
import { createScratch, type Scratch } from '../../../lib/embedded/scratch.ts';
import { silentLogger } from '../../../lib/logger.ts';
import { createRuntimes } from '../../../lib/runtimes/registry.ts';
import type { Runtime } from '../../../lib/runtimes/runtime.ts';
import { createSession } from '../../../lib/target/session.ts';
import type { Session } from '../../../lib/target/target.ts';
import { installed, reasonOf, request, soon, V2 } from '../../contract/session-ground.ts';
import { treeOf } from '../../contract/place.ts';

const owner = { uid: 1000, gid: 1000 };
const TOOLS = '/usr/bin:/bin';
/** Seconds that pass in each command between the thought that the lock is a dead one's, and the deed. */
const PAUSES = [0, 1, 1.5, 2];

describe('commands that meet at the lock of a dead one', () => {
  const now = new Date();
  let scratch: Scratch;

  beforeEach(async () => {
    scratch = await createScratch('locks');
    await promisify(execFile)('chmod', ['755', scratch.path]);
  });

  afterEach(() => scratch.remove());

  it('are never at work at the same time', async () => {
    const log = join(scratch.path, 'log');
    await writeFile(log, '');
    await chmod(log, 0o666);
    const path = join(scratch.path, 'workspace');
    await mkdir(path);
    await chown(path, owner.uid, owner.gid);
    const { place } = await installed({ open: () => Promise.resolve(open(path, TOOLS)), swapMode: 'Rename' });
    const slowed = await Promise.all(
      PAUSES.map(async (seconds) => open(path, `${await slowTools(log, seconds)}:${TOOLS}`)),
    );
    await place.shell(
      'mkdir .controller/.lock && echo "elsewhen elsewhere 1 1 1 1 1000 1" > .controller/.lock/.owner.1.1',
    );

    const outcomes = await Promise.all(
      slowed.map(async (runtime, nth) =>
        reasonOf(sessionNow(runtime).install(await request(`p${nth}`, V2, nth), soon())),
      ),
    );

    expect(await readFile(log, 'utf8')).to.match(/^(began\nended\n)+$/);
    expect(outcomes).to.include('no failure');
    for (const outcome of outcomes) expect(outcome).to.be.oneOf(['no failure', 'Locked']);
    for (const [nth, outcome] of outcomes.entries()) {
      const wanted = outcome === 'no failure' ? treeOf(V2) : {};
      expect(await place.content(`p${nth}`)).to.deep.equal(wanted);
    }
    expect(Object.keys(await place.tree('.controller'))).to.deep.equal([]);
  });

  function open(path: string, searchPath: string): Runtime {
    const config = {
      dockerHost: undefined,
      directoryRoots: [scratch.path],
      searchPath,
      logger: silentLogger,
    };
    return createRuntimes(config).open({ kind: 'directory', path, pluginsPath: '/configs/plugins', owner });
  }

  /** All have the same ticket, so that it is the lock alone that keeps them apart. */
  function sessionNow(runtime: Runtime): Session {
    const clock = { ...systemClock, now: () => now };
    const epoch = () => ({ since: 1_000, transitions: 2 });
    return createSession({ runtime, epoch, clock, logger: silentLogger });
  }

  /** What takes something out of the lock, or the lock away, is slow; tar says when it works. */
  async function slowTools(log: string, seconds: number): Promise<string> {
    const folder = join(scratch.path, `tools-${seconds}`);
    await mkdir(folder);
    const add = async (name: string, script: string): Promise<void> => {
      await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    };
    for (const name of ['mv', 'rm']) {
      const slow = `sleep ${seconds}; /usr/bin/${name} "$@"; status=$?; sleep 2; exit $status`;
      await add(
        name,
        `case "$*" in *" .controller/.lock ."* | *" .controller/.lock/"*) ${slow} ;; esac\nexec /usr/bin/${name} "$@"`,
      );
    }
    await add(
      'tar',
      `echo began >>${log}\nsleep 3\n/usr/bin/tar "$@"\nstatus=$?\necho ended >>${log}\nexit $status`,
    );
    return folder;
  }
});
