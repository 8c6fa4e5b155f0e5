// A plugin updated again and again under a reader that never stops: what an agent can see, and for how long it sees nothing.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Session } from '../../../lib/target/target.ts';
import { bundleOf, revisionOf } from '../../contract/bundles.ts';
import { soon } from '../../contract/runtime.ts';
import { tried } from '../../faults/tried.ts';
import { resetWorkspace } from '../target/disk-state.ts';
import { startReader, type Seen } from './reader.ts';
import {
  openDirectoryStand,
  openDockerStand,
  openSession,
  owner,
  withSearchPath,
  type Stand,
} from '../target/stand.ts';
import { layTripwire } from '../target/tripwire.ts';

/** In Rename mode there is a gap, and its length is all that has to be found out. */
const UPDATES = { Exchange: 200, Rename: 50 } as const;
const READS = 100_000;
const FILES = 8;
const TIMEOUT_MS = 10 * 60_000;

const stands: Readonly<Record<string, () => Promise<Stand>>> = {
  directory: openDirectoryStand,
  container: openDockerStand,
};

for (const [name, open] of Object.entries(stands)) {
  describe(`a plugin updated under a reader that never stops, in a ${name}`, function () {
    this.timeout(TIMEOUT_MS);
    let stand: Stand;

    before(async () => {
      stand = await open();
    });

    after(async () => {
      await stand.close();
    });

    it(`is always there, whole and marked (${UPDATES.Exchange} updates, Exchange)`, async () => {
      const { seen, modes } = await updateUnderReader(stand, 'Exchange');
      expect(modes).to.deep.equal(['Exchange']);
      expect(seen).to.include({ absent: 0, mixed: 0, unmarked: 0 } satisfies Partial<Seen>);
      expect(seen.reads).to.be.above(READS);
    });

    it(`is whole and marked whenever it is there (${UPDATES.Rename} updates, Rename)`, async () => {
      const { seen, modes } = await updateUnderReader(stand, 'Rename');
      expect(modes).to.deep.equal(['Rename']);
      expect(seen).to.include({ mixed: 0, unmarked: 0 } satisfies Partial<Seen>);
    });
  });
}

async function updateUnderReader(
  stand: Stand,
  swapMode: 'Exchange' | 'Rename',
): Promise<{ seen: Seen; modes: (string | undefined)[] }> {
  const folder = join(stand.folder, swapMode);
  const workspace = join(folder, 'workspace');
  await mkdir(folder);
  await resetWorkspace(workspace, owner);
  const { plain } = await layTripwire(folder, { swapMode, tools: 'busybox' });
  const runtime = stand.open(workspace);
  const session = openSession(withSearchPath(runtime, plain));
  await update(session, 0);
  const stop = startReader(runtime, { plugin: 'demo', files: FILES, timeoutMs: TIMEOUT_MS });
  const modes = new Set<string | undefined>();
  for (let version = 1; version <= UPDATES[swapMode]; version++) modes.add(await update(session, version));
  const seen = await stop();
  process.stderr.write(`        ${JSON.stringify(seen)}\n`);
  tried(seen.reads);
  return { seen, modes: [...modes] };
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
