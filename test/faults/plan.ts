// Which cases a run consists of: the undisturbed stories first, then what each row makes of their calls.
import type { Fault, Point } from './boundaries.ts';
import type { Options } from './options.ts';
import type { Repeated } from './repeat.ts';
import { isOutside, STORY_ROWS } from './story-rows.ts';
import { PLACES, type PlaceKind } from './place.ts';
import { createRandom, shuffle, type Random } from './random.ts';
import type { StoryRow } from './row.ts';
import { nameOf, type Case, type Verdict } from './case.ts';
import type { Story } from './stories.ts';

/** An undisturbed run. */
export interface Recording {
  readonly place: PlaceKind;
  readonly story: Story;
  readonly verdict: Verdict;
}

/** Row 0: nothing is disturbed. */
export function recordings({ places, stories }: Options): readonly Case[] {
  return places.flatMap((place) =>
    stories.map((story) => ({ row: 0, place, story, faults: [], expected: undefined, mutations: undefined })),
  );
}

/** Oracle E; on a machine that is busy with much else, so many times what an undisturbed story took there. */
const CONVERGE_MS = 60_000;
const BUSY = 6;

/**
 * How many cases of a row and a place there are by default, for a run of minutes: kills and lost replies, chosen by the seed. With `--all` there is
 * every single boundary, disturbed in every way, in a directory and in a container; the other make of containers gets a sample.
 */
const USUAL: Readonly<Record<PlaceKind, Readonly<Record<number, number>>>> = {
  directory: { 1: 200, 2: 160, 3: 60, 4: 12, 8: 0, 9: 0 },
  busybox: { 1: 80, 2: 60, 3: 30, 4: 8, 8: 0, 9: 0 },
  debian: { 1: 25, 2: 15, 3: 15, 4: 6, 8: 0, 9: 0 },
};
const ALL: typeof USUAL = {
  directory: { 3: 500, 4: 40, 8: 300, 9: 100 },
  busybox: { 3: 40, 4: 12, 8: 10, 9: 20 },
  debian: { 1: 40, 2: 20, 3: 20, 4: 8, 8: 10, 9: 20 },
};

export function storyRows({ rows }: Options): readonly StoryRow[] {
  return rows.filter((row) => row.sort === 'Stories');
}

export function disturbedCases(options: Options, recorded: readonly Recording[]): readonly Case[] {
  if (options.repeated !== undefined) return again(options.repeated, recorded);
  return options.places.flatMap((place) =>
    storyRows(options).flatMap((row) => {
      // So that a row alone, or a runtime alone, is the same again.
      const random = createRandom(options.seed + row.number * 1_000 + PLACES.indexOf(place));
      const here = recorded.filter((recording) => recording.place === place);
      const wanted = options.cases ?? (options.all ? ALL : USUAL)[place][row.number];
      return choose(here, row, wanted, random).filter((one) => nameOf(one).includes(options.only));
    }),
  );
}

function again({ row, faults }: Repeated, recorded: readonly Recording[]): readonly Case[] {
  const competes = STORY_ROWS.find(({ number }) => number === row)?.competes ?? false;
  return recorded.map((recording) => caseOf(recording, { row, faults, competes }));
}

function caseOf(
  { place, story, verdict: { world, restarts, ms } }: Recording,
  {
    row,
    faults,
    competes,
  }: { readonly row: number; readonly faults: readonly Fault[]; readonly competes: boolean },
): Case {
  return {
    ...{ row, place, story, faults, competes, expected: world, restarts, mutations: undefined },
    convergeMs: Math.max(CONVERGE_MS, BUSY * ms),
  };
}

/** What is done to the controller's own files is the same whatever the runtime: it is disturbed with one of them. */
function crossings({ place, verdict: { calls } }: Recording): readonly Point[] {
  return place === 'directory' ? calls : calls.filter(isOutside);
}

/** More than there are: the same again, at other random moments. */
function choose(
  recorded: readonly Recording[],
  row: StoryRow,
  wanted: number | undefined,
  random: Random,
): readonly Case[] {
  const round = (): readonly Case[] =>
    recorded.flatMap((recording) => {
      const where = { story: recording.story, isContainer: recording.place !== 'directory' };
      return row
        .faults(crossings(recording), random, where)
        .map((faults) => caseOf(recording, { row: row.number, faults, competes: row.competes ?? false }));
    });
  if (wanted === undefined) return round();
  const chosen: Case[] = [];
  for (let more = round(); chosen.length < wanted && more.length > 0; more = round()) {
    chosen.push(...shuffle(random, more));
  }
  return chosen.slice(0, wanted);
}
