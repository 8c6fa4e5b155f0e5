// `--mutants`: every bug put in on purpose must be found by the oracle that stands for it.
import type { Bed } from './bed.ts';
import { MUTANTS, type Mutant } from './mutants.ts';
import type { Recording } from './plan.ts';
import type { Case, Verdict } from './case.ts';
import { runAll } from './runner.ts';
import { say } from './say.ts';
import { bitesOf } from './suite-bite.ts';
import { SUITE_MUTANTS } from './suite-mutants.ts';
import { printTable } from './table.ts';

/** A world that is wrong stays wrong; milliseconds. */
const GIVE_UP_MS = 12_000;

/** @returns whether every one was found */
export async function showBites(
  bed: Bed,
  recorded: readonly Recording[],
  { jobs, only }: { readonly jobs: number; readonly only: string },
): Promise<boolean> {
  const mutants = MUTANTS.filter(({ name }) => name.includes(only));
  const cases = new Map(mutants.map((mutant) => [mutant, caseOf(mutant, recorded)]));
  const done = await runAll(bed, [...cases.values()], jobs);
  const results = mutants.map((mutant) => {
    const verdict = done.find(({ one }) => one === cases.get(mutant))?.verdict;
    return { mutant, verdict, isCaught: isCaught(mutant, verdict) };
  });
  const suites = SUITE_MUTANTS.filter(({ name }) => name.includes(only));
  const bites: (number | undefined)[] = [];
  for (const mutant of suites) bites.push(await bitesOf(mutant));
  say('');
  printTable([
    ['bug', 'story or suite', 'oracle or row', 'found by'],
    ...results.map(({ mutant, verdict }) => [
      mutant.name,
      mutant.story,
      mutant.caughtBy,
      [...new Set(verdict?.findings.map(({ oracle }) => oracle))].join(' ') || 'nobody',
    ]),
    ...suites.map(({ name, file, row }, nth) => [name, file, `row ${row}`, foundBy(bites[nth])]),
  ]);
  const caught = [...results.map((result) => result.isCaught), ...bites.map((bite) => (bite ?? 0) > 0)];
  const failed = caught.filter((isFound) => !isFound).length;
  say(`${caught.length - failed} passed, ${failed} failed`);
  return failed === 0;
}

function foundBy(bites: number | undefined): string {
  if (bites === undefined) return 'nobody: the suite did not run';
  return bites === 0 ? 'nobody' : `${bites} of its tests`;
}

function caseOf({ story, faults, patches }: Mutant, recorded: readonly Recording[]): Case {
  const recording = recorded.find((one) => one.story.name === story && one.place === 'directory');
  if (recording === undefined)
    throw new Error(`there is no undisturbed ${story} in a directory to compare with`);
  return {
    ...{ row: 0, place: 'directory', story: recording.story, faults },
    ...{ expected: recording.verdict.world, restarts: recording.verdict.restarts },
    ...{ mutations: JSON.stringify(patches), convergeMs: GIVE_UP_MS },
  };
}

/** By the oracle that stands for it, and not because the product could not be changed. */
function isCaught({ caughtBy }: Mutant, verdict: Verdict | undefined): boolean {
  return (
    verdict?.findings.some(({ oracle }) => oracle === caughtBy) === true && !verdict.log.includes('to mutate')
  );
}
