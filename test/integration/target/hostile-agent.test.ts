// An agent that plants what it can in the folders of ours, on directories and in containers: all of it is found at the next
// look and mended with the next change, and nothing outside of the plugins folder is touched.
import { chmod, chown, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { startDocker, type Docker } from '../../../lib/embedded/docker.ts';
import { createScratch, type Scratch } from '../../../lib/embedded/scratch.ts';
import { PermanentError, TransientError } from '../../../lib/errors.ts';
import { silentLogger } from '../../../lib/logger.ts';
import { createRuntimes } from '../../../lib/runtimes/registry.ts';
import type { Runtime } from '../../../lib/runtimes/runtime.ts';
import { Place, treeOf } from '../../contract/place.ts';
import { V1, V2, installed, lookNow, request, soon, type Ground } from '../../contract/session-ground.ts';

const owner = { uid: 1000, gid: 1000 };
const START_TIMEOUT_MS = 5 * 60_000;
const SLOT = '20260101T000000Z';

/** Beside the plugins folder, and the agent's own like it; `$C` below. */
const CANARY = '../canary';
const PREPARE = `mkdir ${CANARY} && cd ${CANARY} && mkdir sub .lock demo.${SLOT} && echo 1 > a && echo 2 > sub/b &&
  echo 3 > .ticket && echo 4 > .owner && echo 5 > .lock/.owner && echo 6 > demo.${SLOT}/c && chmod 751 sub && chmod 640 a`;
const PRINT_CANARY = `cd ${CANARY} && find . -exec stat -c '%n %i %a %Y %Z %s' {} + | sort && find . -type f -exec cat {} +`;

/** Names the first process there is, which ends only with the workspace. */
function lockOf(until: string, host = '$(cat /proc/sys/kernel/hostname)'): string {
  const start = `start=$(sed 's/.*) //' /proc/1/stat | cut -d' ' -f20)`;
  const holder = `$(cat /proc/sys/kernel/random/boot_id) ${host} $start 1 $start ${until} 1000000 1`;
  return `mkdir .controller/.lock && ${start} && echo "${holder}" > .controller/.lock/.owner.1.1`;
}

/** What the agent does in the plugins folder, where `demo` is installed at its first version. */
const plantings: Readonly<Record<string, string>> = {
  'a symlink in place of .controller': 'rm -rf .controller && ln -s "$C" .controller',
  'a dangling symlink in place of .controller': 'rm -rf .controller && ln -s "$C/none" .controller',
  'a file in place of .controller': 'rm -rf .controller && echo x > .controller',
  'a FIFO in place of .controller': 'rm -rf .controller && mkfifo .controller',
  'a symlink in place of .staging': 'ln -s "$C" .staging',
  'a FIFO in place of .staging': 'mkfifo .staging',
  'a symlink in place of .previous': 'ln -s "$C" .previous',
  'a symlink in place of the lock': 'ln -s "$C" .controller/.lock',
  'a file in place of the lock': 'echo x > .controller/.lock',
  'a file of a hidden name into the lock': 'mkdir .controller/.lock && touch .controller/.lock/..x',
  'a lock without rights': `mkdir -p .controller/.lock/.x/y && cd .controller && chmod 0 .lock/.x .lock`,
  'a folder in place of who holds the lock': 'mkdir -p .controller/.lock/.owner.1.1',
  'a lock of a process that lives, whose time is over': lockOf('1'),
  'a lock of a process that lives, without end': lockOf('9999999999'),
  'a lock of another host, without end': lockOf('9999999999', 'elsewhere'),
  'folders of ours without rights': 'mkdir -p .staging .previous && chmod 0 .controller .staging .previous',
  'a symlink in place of the ticket': 'ln -sf "$C/.ticket" .controller/.ticket',
  'a folder in place of the ticket': 'rm .controller/.ticket && mkdir -p .controller/.ticket/x',
  'a FIFO in place of the ticket': 'rm .controller/.ticket && mkfifo .controller/.ticket',
  'a ticket without end': 'head -c 300000 /dev/zero | tr "\\\\0" 9 > .controller/.ticket',
  'a ticket of words': 'echo "1 \\$(touch $C/x) 3" > .controller/.ticket',
  'a symlink in place of the note of a copy': 'ln -s "$C/a" .controller/.adopting',
  'a note that says that the live folder was copied': `echo demo.${SLOT} > .controller/.adopting`,
  'a symlink in place of a staged tree': `mkdir .staging && ln -s "$C" .staging/demo.${SLOT}`,
  'a symlink to be deleted': 'mkdir .staging && ln -s "$C" .staging/.trash.1',
  'a symlink in place of a snapshot': `mkdir .previous && ln -s "$C" .previous/demo.${SLOT}`,
  'a staged tree of a name that looks like an option': `mkdir -p .staging/-rf.${SLOT} .staging/--help.${SLOT}`,
  'a staged tree of a name with a line feed': `mkdir -p ".staging/a
b.${SLOT}"`,
  'a staged tree that is a copy of the live one': `mkdir .staging && cp -a demo .staging/demo.${SLOT}`,
  'a staged tree that is marked as new and is not': `mkdir .staging && cp -a demo .staging/demo.${SLOT} &&
    sed -i 's/"stamp":"[^"]*"/"stamp":"${SLOT}"/' .staging/demo.${SLOT}/.complete && echo evil > .staging/demo.${SLOT}/plugin.yaml`,
  'a snapshot with a symlink in it': `mkdir -p .previous && cp -a demo .previous/demo.${SLOT} && ln -s "$C" .previous/demo.${SLOT}/l`,
  'a symlink in place of the plugin': 'rm -rf demo && ln -s "$C" demo',
  'a symlink in place of a folder of the plugin': 'rm -rf demo/rules && ln -s "$C" demo/rules',
  'a symlink in place of the marker': 'rm demo/.complete && ln -s "$C/a" demo/.complete',
  'a symlink in place of the manifest': 'rm demo/.manifest && ln -s "$C/a" demo/.manifest',
  'a FIFO in place of the manifest': 'rm demo/.manifest && mkfifo demo/.manifest',
  'a FIFO in the plugin': 'mkfifo demo/rules/x.md',
  'a changed file, with manifest and marker rewritten to fit': `cd demo && echo evil > plugin.yaml && chmod 644 plugin.yaml &&
    sum=$(sha256sum plugin.yaml) && sed -i "s/[0-9a-f]* plugin.yaml\\$/\${sum%% *} plugin.yaml/" .manifest &&
    all=$(sha256sum .manifest) && sed -i "s/sha256:[0-9a-f]*/sha256:\${all%% *}/" .complete`,
  'an edit of a file': 'echo evil >> demo/plugin.yaml',
  'an edit of the same length': `sed -i s/kind/evil/ demo/rules/be-kind.md`,
  'a deletion': 'rm demo/skills/browse/SKILL.md',
  'a deletion of a whole folder': 'rm -rf demo/skills',
  'a folder in place of a file': 'rm demo/setup.sh && mkdir demo/setup.sh',
  'a file in place of a folder': 'rm -rf demo/rules && echo x > demo/rules',
  'a file that is executable all at once': 'chmod 755 demo/plugin.yaml',
  'a symlink to a file like it': 'mv demo/plugin.yaml "$C/like-it" && ln -s "$C/like-it" demo/plugin.yaml',
  'a symlink to /etc in place of a folder of the plugin': 'rm -rf demo/rules && ln -s /etc demo/rules',
  'a symlink to /etc in place of the plugin': 'rm -rf demo && ln -s /etc demo',
  'a rule of its own': 'echo evil > demo/rules/own.md',
  'a folder without rights': 'mkdir -p demo/x/y && chmod 0 demo/x',
  'a plugin without rights': 'chmod 0 demo',
};

/** They leave the live folder as it is: they copy it, or add what no agent loads. */
const HARMLESS = /^(a staged tree|a snapshot|a note|a folder without rights)/;

function describeHostileAgent(name: string, open: () => Promise<Runtime>): void {
  describe(`an agent in ${name}`, () => {
    for (const [what, script] of Object.entries(plantings)) {
      it(`that plants ${what} wins nothing`, async () => {
        const { session, place } = await installed({ open, swapMode: 'Rename' });
        await place.shell(PREPARE);
        await place.shell(`C=$(cd ${CANARY} && pwd) && ${script}`);
        const before = await place.shell(PRINT_CANARY);
        if (/\bdemo(\/| |$)/.test(script) && !HARMLESS.test(what))
          expect(await isFound(session)).to.equal(true);
        await settle({ session, place });
        expect(await place.content('demo')).to.include(treeOf(V1));
        await session.install(await request('demo', V2, 2), soon());
        expect(await place.content('demo')).to.include(treeOf(V2));
        await session.remove({ plugin: 'demo' }, soon());
        expect(await place.content('demo')).to.deep.equal({});
        expect(await place.shell(PRINT_CANARY)).to.equal(before);
        expect(await place.shell('find .staging .controller ! -type d 2>/dev/null; true')).to.equal(
          '.controller/.ticket\n',
        );
      });
    }
  });
}

/** By the first look: it says so, or is refused. */
async function isFound(session: Ground['session']): Promise<boolean> {
  const { bundle } = await request('demo', V1, 1);
  try {
    const { plugin } = await lookNow(session);
    return plugin.state !== 'Marked' || plugin.manifestDigest !== bundle.digest || plugin.tampered.count > 0;
  } catch (error) {
    if (error instanceof TransientError || error instanceof PermanentError) return true;
    throw error;
  }
}

/** As the controller does: looks, and installs what is approved where that is not there. */
async function settle({ session }: Pick<Ground, 'session' | 'place'>): Promise<void> {
  const approved = { ...(await request('demo', V1, 1)), untracked: 'CarryOver' as const };
  for (let visits = 0; visits < MOST_VISITS; visits += 1) {
    try {
      const { plugin } = await lookNow(session);
      const intact = plugin.manifestDigest === approved.bundle.digest && plugin.tampered.count === 0;
      if (plugin.state === 'Marked' && intact) return;
      await session.install(approved, soon());
    } catch (error) {
      if (!(error instanceof TransientError || error instanceof PermanentError)) throw error;
      if (visits === MOST_VISITS - 1) throw error;
    }
  }
}

const MOST_VISITS = 3;

describe('on a directory', () => {
  let scratch: Scratch;
  let count = 0;

  before(async () => {
    scratch = await createScratch('hostile');
    await chmod(scratch.path, 0o755);
  });

  after(async () => {
    await scratch.remove();
  });

  describeHostileAgent('a directory', async () => {
    count += 1;
    const path = join(scratch.path, `workspace-${count}`);
    await mkdir(path);
    await chown(path, owner.uid, owner.gid);
    const config = { dockerHost: undefined, directoryRoots: [scratch.path], searchPath: '/usr/bin:/bin' };
    const runtimes = createRuntimes({ ...config, logger: silentLogger });
    return runtimes.open({ kind: 'directory', path, pluginsPath: '/configs/plugins', owner });
  });
});

describe('in a container', () => {
  let docker: Docker;
  let count = 0;

  before(async function () {
    this.timeout(START_TIMEOUT_MS);
    docker = await startDocker();
    await docker.run('busybox', 'busybox');
  });

  after(async () => {
    await docker.stop();
  });

  function open(container: string, pluginsPath: string): Runtime {
    const config = { dockerHost: docker.host, directoryRoots: [], searchPath: '', logger: silentLogger };
    return createRuntimes(config).open({ kind: 'docker', container, pluginsPath, owner });
  }

  describeHostileAgent('a container', () => {
    count += 1;
    return Promise.resolve(open('busybox', `/configs/${count}/plugins`));
  });

  it('whose shell answers garbage is told from one that is well, and is well again once the shell is', async () => {
    await docker.run('liar', 'busybox');
    const runtime = open('liar', '/configs/plugins');
    const { session } = await installed({ open: () => Promise.resolve(runtime), swapMode: 'Rename' });
    const root = createRuntimes({
      ...{ dockerHost: docker.host, directoryRoots: [], searchPath: '', logger: silentLogger },
    }).open({ kind: 'docker', container: 'liar', pluginsPath: '/', owner: { uid: 0, gid: 0 } });
    const lies = [
      'echo target 1; echo plugin demo Absent; echo end',
      'head -c 9000000 /dev/zero',
      'exit 9',
      'cat',
    ];
    for (const lie of lies) {
      await new Place(root).shell(
        `rm /bin/sh && printf '#!/bin/ash\\n%s\\n' "$1" > /bin/sh && chmod 755 /bin/sh`,
        lie,
      );
      const failure = await lookNow(session, 'other').catch((error: unknown) => error);
      expect(failure instanceof TransientError || failure instanceof PermanentError, lie).to.equal(true);
      await root.run({
        argv: ['/bin/ash', '-c', 'rm /bin/sh && ln -s busybox /bin/sh'],
        stdin: (async function* () {
          yield await Promise.resolve(new Uint8Array());
        })(),
        timeoutMs: 10_000,
        signal: soon(),
      });
    }
    expect((await lookNow(session)).plugin.state).to.equal('Marked');
  });
});
