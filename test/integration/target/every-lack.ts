// A change in a workspace that lacks something: room on the disk, the right to write somewhere, or a tool.
import { chown, mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { createRandom, pickNumber } from '../../faults/random.ts';
import { suiteCases, suiteSeed, tried } from '../../faults/tried.ts';
import { Place } from '../../contract/place.ts';
import { liveOf, resetWorkspace, stateOf } from './disk-state.ts';
import { mountSmall } from './mount.ts';
import { openDirectoryStand, openSession, owner, withSearchPath, type Stand } from './stand.ts';
import { stories } from './stories.ts';

const TIMEOUT_MS = 15 * 60_000;
const SEED = suiteSeed();
const PAGE = 4096;
const MOUNT_KIB = 512;

/** So much room at most is left to a change, which takes less. */
const MAX_PAGES = 40;
const ROOMS = 6;

/** Folders in which the owner of the workspace may not write any more. */
const LOCKED = ['.', '.controller', '.staging', '.previous', 'demo', 'demo/skills'] as const;

/** As `batch.sh` asks for them. */
const NEEDED = [
  ...['tar', 'find', 'xargs', 'sha256sum', 'sed', 'sort', 'uniq', 'tail', 'tr', 'dd', 'cat'],
  ...['cp', 'mv', 'rm', 'rmdir', 'mkdir', 'chmod', 'sync', 'date', 'sleep'],
] as const;

describe('a change in a workspace that lacks something', function () {
  this.timeout(TIMEOUT_MS);
  let stand: Stand;

  before(async () => {
    stand = await openDirectoryStand();
  });

  after(async () => {
    await stand.close();
  });

  for (const [index, { name, prepare, act }] of stories.entries()) {
    it(`is refused or done, never half, however little room there is for ${name}`, async () => {
      // Of its own, so that this test alone is the same again.
      const random = createRandom(SEED + index);
      const end = await undisturbed(index);
      for (let nth = 0; nth < suiteCases(ROOMS); nth++) {
        const pages = pickNumber(random, MAX_PAGES);
        const workspace = join(stand.folder, `room-${index}-${nth}`);
        const mount = await mountSmall(workspace, MOUNT_KIB);
        try {
          await chown(workspace, owner.uid, owner.gid);
          const runtime = stand.open(workspace);
          await prepare(openSession(runtime), new Place(runtime));
          const old = await liveOf(workspace);
          const hog = join(workspace, 'hog');
          await leave(hog, pages * PAGE);
          const said = await outcomeOf(act(openSession(runtime)));
          expect(said, `${pages} pages`).to.be.oneOf(['done', 'TransientError NoSpace']);
          expect(await liveOf(workspace), `${pages} pages: ${said}`).to.equal(
            said === 'done' ? end.live : old,
          );
          await rm(`${hog}-rest`);
          await act(openSession(runtime));
          expect(await stateOf(workspace), `${pages} pages: ${said}`).to.deep.equal(end);
          tried(1);
        } finally {
          await mount.close();
        }
      }
    });

    it(`is refused or done, never half, wherever it may not write for ${name}`, async () => {
      const end = await undisturbed(index);
      for (const below of LOCKED) {
        const workspace = join(stand.folder, `locked-${index}-${LOCKED.indexOf(below)}`);
        await resetWorkspace(workspace, owner);
        const runtime = stand.open(workspace);
        await prepare(openSession(runtime), new Place(runtime));
        const locked = join(workspace, 'plugins', below);
        await mkdir(locked, { recursive: true });
        const old = await liveOf(workspace);
        await chown(locked, 0, 0);
        const said = await outcomeOf(act(openSession(runtime)));
        expect(said, below).to.match(/^(done|(Permanent|Transient)Error \w+)$/);
        expect([old, end.live], `${below}: ${said}`).to.include(await liveOf(workspace));
        tried(1);
      }
    });
  }

  for (const tool of NEEDED) {
    it(`is refused by the name of what is missing: ${tool}`, async () => {
      const workspace = join(stand.folder, `without-${tool}`);
      await resetWorkspace(workspace, owner);
      const runtime = withSearchPath(
        stand.open(workspace),
        await layTools(join(stand.folder, `tools-${tool}`), tool),
      );
      for (const { act } of stories) {
        const failure = await act(openSession(runtime)).then(
          () => undefined,
          (error: unknown) => error,
        );
        expect(failure).to.include({ name: 'PermanentError', reason: 'TargetToolMissing' });
        expect(String(failure)).to.include(tool);
        expect(await readdir(workspace)).to.deep.equal([]);
        tried(1);
      }
    });
  }

  async function undisturbed(index: number): ReturnType<typeof stateOf> {
    const workspace = join(stand.folder, `calm-${index}`);
    await resetWorkspace(workspace, owner);
    const runtime = stand.open(workspace);
    await stories[index]?.prepare(openSession(runtime), new Place(runtime));
    await stories[index]?.act(openSession(runtime));
    return stateOf(workspace);
  }
});

async function outcomeOf(acting: Promise<unknown>): Promise<string> {
  return acting.then(
    () => 'done',
    (error: unknown) =>
      error instanceof Error && 'reason' in error ? `${error.name} ${String(error.reason)}` : String(error),
  );
}

/** Fills the disk, then gives so many bytes back. */
async function leave(hog: string, bytes: number): Promise<void> {
  await writeFile(hog, Buffer.alloc(bytes));
  const chunk = Buffer.alloc(PAGE, 'x');
  for (let full = false; !full;) {
    full = await writeFile(`${hog}-rest`, chunk, { flag: 'a' }).then(
      () => false,
      () => true,
    );
  }
  await rm(hog);
}

/** All tools but one. */
async function layTools(folder: string, missing: string): Promise<string> {
  await mkdir(folder);
  for (const name of [...NEEDED, 'sh', 'stat', 'env']) {
    if (name !== missing) await symlink(`/usr/bin/${name}`, join(folder, name));
  }
  return folder;
}
