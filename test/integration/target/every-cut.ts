// A change whose way into the workspace fails: cut at any byte, no room, no right, no tool, the container restarted.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { expect } from 'chai';
import type { Runtime } from '../../../lib/runtimes/runtime.ts';
import { createRandom, pick, pickNumber, type Random } from '../../faults/random.ts';
import { suiteCases, suiteSeed, tried } from '../../faults/tried.ts';
import { Place } from '../../contract/place.ts';
import { waitFor } from '../../support/wait-for.ts';
import { cutAt, interrupted, measured, type Cut } from './cut.ts';
import { copyWorkspace, liveOf, resetWorkspace, stateOf, type DiskState } from './disk-state.ts';
import {
  openDirectoryStand,
  openDockerStand,
  openSession,
  owner,
  type DockerStand,
  type Stand,
} from './stand.ts';
import { stories, type Story } from './stories.ts';

const TIMEOUT_MS = 15 * 60_000;

/** Each test has numbers of its own, so that one alone is the same again. */
const SEED = suiteSeed();

/** So many cuts of each story. */
const CUTS = 10;
const RESTARTS = 4;

/** No command of the stories takes longer once all is sent; milliseconds. */
const AFTER_MS = 300;

/** So much of what a story was seen to send it sends every time; only a look sends less. */
const SURE_SHARE = 0.9;

/** Those that send something long. */
const SENDING = stories.filter(({ name }) => !/^(a restore|a removal)$/.test(name));

/** What a story is held against. */
interface Yardstick {
  readonly folder: string;
  readonly workspace: string;
  readonly runtime: Runtime;
  readonly start: string;
  readonly old: string;
  readonly end: DiskState;
  /** What the change read from its stdin. */
  readonly bytes: number;
}

const STANDS: Readonly<
  Record<string, () => Promise<{ stand: Stand; runtime: (workspace: string) => Runtime }>>
> = {
  'in a directory': async () => {
    const stand = await openDirectoryStand();
    return { stand, runtime: (workspace) => stand.open(workspace) };
  },
  'in a container of Debian': async () => {
    const stand = await openDockerStand();
    return { stand, runtime: (workspace) => stand.open(workspace) };
  },
  'in a container of busybox': async () => {
    const stand = await openDockerStand();
    await stand.docker.run('small', 'busybox', { binds: [`${stand.folder}:${stand.folder}`] });
    return { stand, runtime: (workspace) => stand.enter(join(workspace, 'plugins'), 'small') };
  },
};

for (const [name, open] of Object.entries(STANDS)) {
  describe(`a change that does not get through, ${name}`, function () {
    this.timeout(TIMEOUT_MS);
    let parts: Awaited<ReturnType<typeof open>>;

    before(async () => {
      parts = await open();
    });

    after(async () => {
      await parts.stand.close();
    });

    for (const [index, story] of SENDING.entries()) {
      it(`leaves the old tree, whole, wherever the transfer of ${story.name} is cut`, async () => {
        const random = createRandom(SEED + index);
        const yardstick = await measure(story, join(parts.stand.folder, `cut-${index}`), parts.runtime);
        for (const cut of cutsOf(yardstick.bytes, suiteCases(CUTS), random))
          await tryCut(story, yardstick, cut);
      });
    }

    if (name !== 'in a directory') {
      for (const [index, story] of stories.entries()) {
        it(`ends ${story.name} as if nothing had happened when the container is restarted meanwhile`, async () => {
          const yardstick = await measure(story, join(parts.stand.folder, `restart-${index}`), parts.runtime);
          const container = name.endsWith('busybox') ? 'small' : 'stand';
          const random = createRandom(SEED + 100 + index);
          for (let nth = 0; nth < suiteCases(RESTARTS); nth++) {
            const moment = momentOf(nth, yardstick.bytes, random);
            await restartMeanwhile(story, yardstick, parts.stand as DockerStand, { container, ...moment });
          }
        });
      }
    }
  });
}

/** Runs the story undisturbed, in a workspace of its own. */
async function measure(
  { prepare, act }: Story,
  folder: string,
  open: (workspace: string) => Runtime,
): Promise<Yardstick> {
  const [workspace, start] = [join(folder, 'workspace'), join(folder, 'start')];
  await mkdir(folder);
  const runtime = open(workspace);
  await resetWorkspace(workspace, owner);
  await prepare(openSession(runtime), new Place(runtime));
  await copyWorkspace(workspace, start);
  const old = await liveOf(workspace);
  const { measuring, bytes } = measured(runtime);
  await act(openSession(measuring));
  return { folder, workspace, runtime, start, old, end: await stateOf(workspace), bytes: bytes() };
}

/** Half of them where a header begins or ends; every way of being cut at each. */
function cutsOf(bytes: number, count: number, random: Random): readonly Cut[] {
  return Array.from({ length: count }, (_, nth) => {
    const anywhere = pickNumber(random, bytes);
    const atBlock = Math.min(bytes - 1, Math.floor(anywhere / 512) * 512 + pick(random, [0, 1, 511]));
    return { at: nth % 2 === 0 ? anywhere : atBlock, how: nth % 4 < 2 ? 'ends' : 'fails' };
  });
}

/** Half of them while it is sent, the others while what was sent is worked on, or just after. */
interface Moment {
  readonly at: number;
  /** Undefined: while it is sent. */
  readonly afterMs: number | undefined;
}

function momentOf(nth: number, bytes: number, random: Random): Moment {
  const most = Math.floor(bytes * SURE_SHARE);
  if (nth % 2 === 0) return { at: pickNumber(random, most), afterMs: undefined };
  return { at: most, afterMs: pickNumber(random, AFTER_MS) };
}

async function tryCut({ act }: Story, yardstick: Yardstick, cut: Cut): Promise<void> {
  const { workspace, runtime, start, old, end, bytes } = yardstick;
  const moment = `the stream ${cut.how} after ${cut.at} of ${bytes} bytes`;
  await resetWorkspace(workspace, owner, start);
  const said = await act(openSession(cutAt(runtime, cut))).then(
    () => 'nothing',
    (error: unknown) => String(error),
  );
  if (said === 'nothing') expect(await stateOf(workspace), moment).to.deep.equal(end);
  else {
    expect(said, moment).to.match(/^(TransientError|PermanentError)/);
    expect(await liveOf(workspace), `${moment}: ${said}`).to.equal(old);
  }
  await act(openSession(runtime));
  await expectEnd(workspace, end, `${moment}, then ${said}`);
  tried(1);
}

async function restartMeanwhile(
  { act }: Story,
  { workspace, runtime, start, old, end }: Yardstick,
  { docker }: DockerStand,
  { container, at, afterMs }: Moment & { readonly container: string },
): Promise<void> {
  await resetWorkspace(workspace, owner, start);
  const restart = async (): Promise<void> => docker.act(container, 'restart');
  const broken = interrupted(runtime, { at, afterMs, act: restart });
  const said = await act(openSession(broken.runtime)).then(
    () => 'nothing',
    (error: unknown) => String(error),
  );
  await broken.done;
  expect(said, 'restarted meanwhile').to.match(/^(nothing$|TransientError)/);
  expect([old, end.live, 'absent'], said).to.include(await liveOf(workspace));
  await act(openSession(runtime));
  await expectEnd(workspace, end, said);
  tried(1);
}

/** A command whose connection is gone may still be there for a moment, until it is refused. */
async function expectEnd(workspace: string, end: DiskState, moment: string): Promise<void> {
  const isEnd = async (): Promise<boolean> => isDeepStrictEqual(await stateOf(workspace), end);
  await waitFor('the end', isEnd).catch(async () => {
    expect(await stateOf(workspace), moment).to.deep.equal(end);
  });
}
