// `--mutants`: every bug put in on purpose must be found, by the oracle or the suite that stands for it.
import type { Bed } from './bed.ts';
import { describeFault, type Disturbance, type Fault } from './boundaries.ts';
import type { Case, Verdict } from './case.ts';
import type { StoryMutant } from './mutant.ts';
import { MUTANTS } from './mutants.ts';
import { recorded, recordings, type Recording } from './plan.ts';
import { runAll } from './runner.ts';
import { say } from './say.ts';
import { tryCase } from './try-case.ts';
import { STORIES } from './stories.ts';
import { biteSuite } from './suite-bite.ts';
import { SUITE_MUTANTS } from './suite-mutants.ts';
import { printTable } from './table.ts';

/** What became of one bug; `isRight`: it was found by whom it must be found by. */
export interface Bite {
  readonly bug: string;
  readonly where: string;
  readonly wanted: string;
  readonly foundBy: string;
  readonly isRight: boolean;
  readonly ms: number;
}

interface Choice {
  readonly jobs: number;
  /** Only bugs with this text in their name. */
  readonly only: string;
}

/** A world that is wrong stays wrong; milliseconds. On a busy machine, as long as the whole story took there without a bug. */
const GIVE_UP_MS = 12_000;

const MAX_FOUND_BY = 100;

/** @returns whether every one was found */
export async function showBites(bed: Bed, { jobs, only }: Choice): Promise<boolean> {
  const mutants = MUTANTS.filter(({ name }) => name.includes(only));
  const told = new Set(mutants.map(({ story }) => story));
  const stories = STORIES.filter(({ name }) => told.has(name));
  const calm = recorded(await runAll(bed, recordings({ stories, places: ['directory'] }), jobs));
  const work = [
    ...mutants.map((mutant) => async () => biteStory(bed, mutant, calm)),
    ...SUITE_MUTANTS.filter(({ name }) => name.includes(only)).map((mutant) => async () => biteSuite(mutant)),
  ];
  const bites = await sideBySide(work, jobs);
  const failed = bites.filter(({ isRight }) => !isRight).length;
  say('');
  printTable([['bug', 'where', 'oracle', 'found by', 's'], ...bites.map(lineOf)]);
  say(`${bites.length - failed} passed, ${failed} failed`);
  return failed === 0 && bites.length > 0;
}

/** The results in the order of the work. */
async function sideBySide(work: readonly (() => Promise<Bite>)[], jobs: number): Promise<readonly Bite[]> {
  const waiting = [...work.entries()];
  const bites: Bite[] = [];
  const lane = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [nth, bite] = next;
      const done = await bite();
      bites[nth] = done;
      say(
        `${done.isRight ? 'as it must be' : 'FAILED'}: ${done.bug}: ${foundByOf(done)} (${seconds(done)} s)`,
      );
    }
  };
  await Promise.all(Array.from({ length: jobs }, lane));
  return bites;
}

function lineOf(bite: Bite): readonly string[] {
  return [bite.bug, bite.where, bite.wanted, foundByOf(bite), seconds(bite)];
}

/** On one line, and short. */
function foundByOf({ foundBy }: Bite): string {
  return (foundBy.split('\n', 1)[0] ?? '').slice(0, MAX_FOUND_BY);
}

function seconds({ ms }: Bite): string {
  return (ms / 1_000).toFixed(0);
}

async function biteStory(bed: Bed, mutant: StoryMutant, calm: readonly Recording[]): Promise<Bite> {
  const recording = calm.find(({ story }) => story.name === mutant.story);
  const { name, story, faults, caughtBy } = mutant;
  const bite = {
    ...{ bug: name, wanted: caughtBy ?? 'none' },
    where: [`row ${rowOf(faults)}: ${story}`, ...faults.map(describeFault)].join(', '),
  };
  if (recording === undefined) {
    return { ...bite, foundBy: 'nobody: its story fails without it', isRight: false, ms: 0 };
  }
  const verdict = await tryCase(bed, caseOf(mutant, recording));
  const foundBy = foundIn(verdict);
  return { ...bite, foundBy, isRight: isRight(mutant, verdict), ms: verdict.ms };
}

function foundIn({ findings, log }: Verdict): string {
  if (log.includes('to mutate')) return `nobody: the product does not hold it: ${log.slice(-300)}`;
  const [first] = findings;
  if (first === undefined) return 'nobody';
  const oracles = [...new Set(findings.map(({ oracle }) => oracle))].join(' ');
  return `${oracles}: ${first.message}`;
}

/** By the oracle that stands for it, and not because the product could not be changed; by none where nothing is wrong. */
function isRight({ caughtBy }: StoryMutant, { findings, log }: Verdict): boolean {
  if (caughtBy === undefined) return findings.length === 0;
  return findings.some(({ oracle }) => oracle === caughtBy) && !log.includes('to mutate');
}

function caseOf({ faults, patches }: StoryMutant, { story, verdict }: Recording): Case {
  const row = rowOf(faults);
  return {
    ...{ row, place: 'directory', story, faults, competes: row === 8 },
    ...{ expected: verdict.world, restarts: verdict.restarts },
    ...{ mutations: JSON.stringify(patches), convergeMs: Math.max(GIVE_UP_MS, Math.ceil(verdict.ms)) },
  };
}

/** Of the matrix; 0: nothing is disturbed. */
function rowOf([first, second]: readonly Fault[]): number {
  if (second !== undefined) return 3;
  return first === undefined ? 0 : ROWS[first.disturbance.kind];
}

const ROWS: Readonly<Record<Disturbance['kind'], number>> = {
  ...{ KillBefore: 1, KillAfter: 1, KillInTransfer: 1, KillWhileRunning: 1 },
  ...{ LoseReply: 2, Fail: 2, Late: 2, KillCommand: 4, Stop: 8, Partition: 8, Hold: 9 },
};
