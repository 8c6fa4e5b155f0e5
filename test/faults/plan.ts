// Which cases a run consists of: the undisturbed stories first, then what each row makes of their calls.
import type { Fault, Point } from './boundaries.ts';
import type { Options } from './options.ts';
import type { Repeated } from './repeat.ts';
import { distinct } from './distinct.ts';
import { isOutside, STORY_ROWS } from './story-rows.ts';
import { PLACES, type PlaceKind } from './place.ts';
import { createRandom, shuffle, type Random } from './random.ts';
import type { StoryRow } from './row.ts';
import type { Done } from './runner.ts';
import { nameOf, type Case, type Verdict } from './case.ts';
import type { Story } from './stories.ts';

/** An undisturbed run. */
export interface Recording {
  readonly place: PlaceKind;
  readonly story: Story;
  readonly verdict: Verdict;
}

/** Row 0: nothing is disturbed. */
export function recordings({ places, stories }: Pick<Options, 'places' | 'stories'>): readonly Case[] {
  return places.flatMap((place) =>
    stories
      .filter(isThere(place))
      .map((story) => ({ row: 0, place, story, faults: [], expected: undefined, mutations: undefined })),
  );
}

function isThere(place: PlaceKind): (story: Story) => boolean {
  return ({ isDirectoryOnly }) => isDirectoryOnly !== true || place === 'directory';
}

/** Of those that went well: with any other there is nothing to compare. */
export function recorded(calm: readonly Done[]): readonly Recording[] {
  return calm
    .filter(({ verdict }) => verdict.findings.length === 0)
    .map(({ one: { place, story }, verdict }) => ({ place, story, verdict }));
}

/** Oracle E; on a machine that is busy with much else, so many times what an undisturbed story took there. */
const CONVERGE_MS = 60_000;
const BUSY = 6;

/**
 * How many cases of a row and a place there are by default, for a run of minutes: chosen by the seed, or, where there is no number,
 * every single boundary that is met in a state of its own. With `--all` there is every one, disturbed in every way, in a directory
 * and in a container; the other make of containers gets a sample.
 */
const USUAL: Readonly<Record<PlaceKind, Readonly<Record<number, number>>>> = {
  directory: { 3: 30, 4: 12, 8: 12, 9: 16 },
  busybox: { 3: 12, 4: 8, 8: 6, 9: 8 },
  debian: { 1: 25, 2: 15, 3: 8, 4: 6, 8: 3, 9: 4 },
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
      const every = (): readonly Case[] => round(here, row, random);
      const single = (): readonly Case[] => (options.all ? every() : distinct(every()));
      const cases = wanted === undefined ? single() : choose(every, wanted, random);
      return cases.filter((one) => nameOf(one).includes(options.only));
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

/** Every disturbance of the row once, at every boundary of every story. */
function round(recorded: readonly Recording[], row: StoryRow, random: Random): readonly Case[] {
  const { number, competes = false } = row;
  return recorded.flatMap((recording) => {
    const where = { story: recording.story, isContainer: recording.place !== 'directory' };
    return row
      .faults(crossings(recording), random, where)
      .map((faults) => caseOf(recording, { row: number, faults, competes }));
  });
}

/** More than there are: the same again, at other random moments. */
function choose(rounds: () => readonly Case[], wanted: number, random: Random): readonly Case[] {
  const chosen: Case[] = [];
  for (let more = rounds(); chosen.length < wanted && more.length > 0; more = rounds()) {
    chosen.push(...shuffle(random, more));
  }
  return chosen.slice(0, wanted);
}
