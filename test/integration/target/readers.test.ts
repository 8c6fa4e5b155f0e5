// A plugin updated 200 times under a reader that never stops: what an agent can see, and for how long it sees nothing.
import { chmod, chown, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { hastyClock } from '../../support/hasty-clock.ts';
import { createScratch, type Scratch } from '../../../lib/embedded/scratch.ts';
import { silentLogger } from '../../../lib/logger.ts';
import { createRuntimes } from '../../../lib/runtimes/registry.ts';
import { createSession } from '../../../lib/target/session.ts';
import type { Session } from '../../../lib/target/target.ts';
import { bundleOf, revisionOf } from '../../contract/bundles.ts';
import { soon } from '../../contract/runtime.ts';
import { startReader, type Seen } from './reader.ts';
import { layTripwire } from './tripwire.ts';

const owner = { uid: 1000, gid: 1000 };
const UPDATES = 200;
const READS = 100_000;
const FILES = 8;
const TIMEOUT_MS = 5 * 60_000;

for (const swapMode of ['Exchange', 'Rename'] as const) {
  describe(`a plugin updated ${UPDATES} times under a reader (${swapMode})`, function () {
    this.timeout(TIMEOUT_MS);
    let scratch: Scratch;

    before(async () => {
      scratch = await createScratch('readers');
      await chmod(scratch.path, 0o755);
    });

    after(async () => {
      await scratch.remove();
    });

    it(
      swapMode === 'Exchange'
        ? 'is always there, whole and marked'
        : 'is whole and marked whenever it is there',
      async () => {
        const path = join(scratch.path, 'workspace');
        await mkdir(path);
        await chown(path, owner.uid, owner.gid);
        const { plain } = await layTripwire(scratch.path, { swapMode, tools: 'busybox' });
        const config = {
          dockerHost: undefined,
          directoryRoots: [scratch.path],
          searchPath: plain,
          logger: silentLogger,
        };
        const runtime = createRuntimes(config).open({
          kind: 'directory',
          path,
          pluginsPath: '/plugins',
          owner,
        });
        const epoch = { since: 1, transitions: 0 };
        const session = createSession({
          runtime,
          epoch: () => epoch,
          clock: hastyClock,
          logger: silentLogger,
        });

        expect(await update(session, 0)).to.equal(undefined);
        const stop = await startReader(join(path, 'plugins', 'demo'), FILES);
        const modes = new Set<string | undefined>();
        for (let version = 1; version <= UPDATES; version++) modes.add(await update(session, version));
        const seen = await stop();

        process.stderr.write(`        ${JSON.stringify(seen)}\n`);
        expect([...modes]).to.deep.equal([swapMode]);
        expect(seen).to.include({ mixed: 0, unmarked: 0 } satisfies Partial<Seen>);
        expect(seen.reads).to.be.above(READS);
        if (swapMode === 'Exchange') expect(seen.absent).to.equal(0);
      },
    );
  });
}

async function update(session: Session, version: number): Promise<string | undefined> {
  const files = Object.fromEntries(
    Array.from({ length: FILES }, (_, index) => [`f${index}`, `version ${version}\n`]),
  );
  const bundle = await bundleOf(files, { revision: revisionOf(version) });
  const request = {
    plugin: 'demo',
    bundle,
    url: 'local://demo',
    previousLimit: 1,
    untracked: 'LeaveBehind',
  } as const;
  return (await session.install(request, soon())).swapMode;
}
