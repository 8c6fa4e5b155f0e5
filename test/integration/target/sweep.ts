// The target program killed before its own external commands, and its recovery too: nothing lost, mixed or left over.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Session, SwapMode } from '../../../lib/target/target.ts';
import { Place } from '../../contract/place.ts';
import { createRandom, pickNumber, type Random } from '../../faults/random.ts';
import { suiteSeed, tried } from '../../faults/tried.ts';
import { ABSENT, copyWorkspace, liveOf, resetWorkspace, stateOf, type DiskState } from './disk-state.ts';
import { openSession, owner, withSearchPath, type Stand } from './stand.ts';
import { stepStories, type StepStory } from './step-stories.ts';
import { stories } from './stories.ts';
import { layTripwire, type Tripwire, type TripwireOptions } from './tripwire.ts';

export interface Depth {
  /** Every so manieth command of a story is one before which it is killed, from a random one on. */
  readonly every: number;
  /** How many times a story is killed, and then what recovers it as well. */
  readonly pairs: number;
}

export interface SweepOptions extends Depth {
  readonly tools: Readonly<Record<SwapMode, TripwireOptions['tools']>>;
  readonly open: () => Promise<Stand>;
}

const SWEEP_TIMEOUT_MS = 10 * 60_000;

/** Before which command the program is killed; where there are two, the second is one of the run that recovers. */
type Kills = readonly number[];

/** What a story is held against. */
interface Yardstick {
  readonly start: string;
  readonly allowed: readonly string[];
  readonly end: DiskState;
  /** How many commands it takes. */
  readonly total: number;
}

/** One workspace with tools of its own. Two are swept at the same time, as a small machine has two cores. */
interface Lane {
  readonly workspace: string;
  readonly place: Place;
  readonly tripwire: Tripwire;
  readonly session: (searchPath: string) => Session;
}

export function describeSweep(name: string, { open, tools, every, pairs }: SweepOptions): void {
  describe(`the target program killed before its commands, ${name}`, function () {
    this.timeout(SWEEP_TIMEOUT_MS);
    let stand: Stand;
    const seed = suiteSeed();

    before(async () => {
      stand = await open();
      process.stderr.write(`      seed ${seed}\n`);
    });

    after(async () => {
      await stand.close();
    });

    for (const swapMode of ['Exchange', 'Rename'] as const) {
      for (const [index, story] of [...stories, ...stepStories].entries()) {
        it(`ends ${story.name} as if nothing had happened (${swapMode})`, async () => {
          // Of its own, so that this test alone is the same again.
          const random = createRandom(seed + index + (swapMode === 'Rename' ? stories.length : 0));
          const folder = join(stand.folder, `${swapMode}-${index}`);
          await mkdir(folder);
          const options = { swapMode, tools: tools[swapMode] };
          const lay = (lane: string): Promise<Lane> => layLane(stand, join(folder, lane), options, story);
          const [one, other] = [await lay('one'), await lay('other')];
          const yardstick = await measure(story, one, { folder, swapMode });
          const { total } = yardstick;
          const all = [...singles(total, every, random), ...doubles(total, pairs, random)];
          const deaths = await Promise.all([
            killInTurn(story, one, { yardstick, all: all.filter((_, nth) => nth % 2 === 0) }),
            killInTurn(story, other, { yardstick, all: all.filter((_, nth) => nth % 2 === 1) }),
          ]);
          const sum = deaths[0] + deaths[1];
          tried(sum);
          process.stderr.write(`        ${total} commands, killed ${sum} times\n`);
        });
      }
    }
  });
}

async function layLane(
  stand: Stand,
  folder: string,
  options: TripwireOptions,
  { restart = async () => Promise.resolve() }: StepStory,
): Promise<Lane> {
  await mkdir(folder);
  const workspace = join(folder, 'workspace');
  const tripwire = await layTripwire(folder, options);
  const runtime = stand.open(workspace);
  return {
    workspace,
    place: new Place(runtime),
    tripwire,
    // Nothing is restarted in truth: what the program makes of it is told by what it has noted.
    session: (searchPath) =>
      openSession({ ...withSearchPath(runtime, searchPath), restarts: 'Workspace', restart }),
  };
}

/** Runs the story undisturbed. */
async function measure(
  { prepare, act }: StepStory,
  { workspace, place, tripwire, session }: Lane,
  { folder, swapMode }: { folder: string; swapMode: SwapMode },
): Promise<Yardstick> {
  await resetWorkspace(workspace, owner);
  await prepare(session(tripwire.plain), place);
  const start = join(folder, 'start');
  await copyWorkspace(workspace, start);
  const old = await liveOf(workspace);
  await tripwire.arm(undefined);
  await act(session(tripwire.wired), place);
  const [total, end] = [await tripwire.count(), await stateOf(workspace)];
  expect(end.residue).to.deep.equal([]);
  expect(total).to.be.above(10);
  return { start, allowed: allowed(old, end.live, swapMode), end, total };
}

/** In Rename mode it may be absent until it is recovered; an adoption writes the manifest first. */
function allowed(old: string, wanted: string, swapMode: SwapMode): string[] {
  const unmarked = wanted.replace(/^\/\.complete .*\n/m, '');
  const isAdoption = unmarked.replace(/^\/\.manifest .*\n/m, '') === old;
  return [old, wanted, ...(isAdoption ? [unmarked] : []), ...(swapMode === 'Rename' ? [ABSENT] : [])];
}

function singles(total: number, every: number, random: Random): Kills[] {
  const first = pickNumber(random, Math.min(every, total)) + 1;
  return Array.from({ length: Math.floor((total - first) / every) + 1 }, (_, index) => [
    first + index * every,
  ]);
}

function doubles(total: number, count: number, random: Random): Kills[] {
  return Array.from({ length: count }, () => [pickNumber(random, total) + 1, pickNumber(random, total) + 1]);
}

/** How many times the program died. */
async function killInTurn(
  story: StepStory,
  lane: Lane,
  { yardstick, all }: { yardstick: Yardstick; all: readonly Kills[] },
): Promise<number> {
  let deaths = 0;
  for (const kills of all) deaths += await kill(story, lane, yardstick, kills);
  return deaths;
}

async function kill({ act }: StepStory, lane: Lane, yardstick: Yardstick, kills: Kills): Promise<number> {
  const { workspace, place, tripwire, session } = lane;
  const moment = `killed before command ${kills.join(', then ')} of ${yardstick.total}`;
  let deaths = 0;
  await resetWorkspace(workspace, owner, yardstick.start);
  for (const nth of kills) {
    await tripwire.arm(nth);
    const said = await act(session(tripwire.wired), place).then(() => 'nothing', String);
    if (said.includes('signal 9')) deaths += 1;
    expect(yardstick.allowed, `${moment}, ${said}`).to.include(await liveOf(workspace));
  }
  await act(session(tripwire.plain), place).catch((error: unknown) => {
    throw new Error(`${moment}, then: ${String(error)}`, { cause: error });
  });
  expect(await stateOf(workspace), moment).to.deep.equal(yardstick.end);
  return deaths;
}
