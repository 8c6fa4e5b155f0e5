// `npm run test:faults`: the rows of RELIABILITY's matrix, each case held against the oracles; exit code 0 when all hold.
import { openBed, type Bed } from './bed.ts';
import { showBites } from './bite.ts';
import { HELP, readOptions, type Options } from './options.ts';
import { disturbedCases, recorded, recordings, storyRows } from './plan.ts';
import { runAll } from './runner.ts';
import { say } from './say.ts';
import { tallyStories } from './story-tally.ts';
import { runSuite } from './suite.ts';
import { summarise, type Tally } from './table.ts';

if (process.argv.includes('--help')) say(HELP);
else process.exitCode = (await main(readOptions(process.argv.slice(2)))) ? 0 : 1;

async function main(options: Options): Promise<boolean> {
  say(`seed ${options.seed}`);
  const start = performance.now();
  try {
    if (options.mutants) return await withBed(async (bed) => showBites(bed, options));
    return summarise([...(await runStories(options)), ...(await runSuites(options))], options.seed);
  } finally {
    say(`${((performance.now() - start) / 1_000).toFixed(0)} s`);
  }
}

async function withBed<T>(work: (bed: Bed) => Promise<T>): Promise<T> {
  const bed = await openBed(say);
  try {
    return await work(bed);
  } finally {
    await bed.close();
  }
}

async function runStories(options: Options): Promise<readonly Tally[]> {
  if (storyRows(options).length === 0 && options.repeated === undefined) return [];
  return withBed(async (bed) => {
    const calm = await runAll(bed, recordings(options), options.jobs);
    const cases = disturbedCases(options, recorded(calm));
    say(`${calm.length} undisturbed stories, ${cases.length} disturbed ones`);
    return tallyStories([...calm, ...(await runAll(bed, cases, options.jobs))], options);
  });
}

async function runSuites(options: Options): Promise<readonly Tally[]> {
  const tallies: Tally[] = [];
  for (const row of options.rows) {
    if (row.sort === 'Stories') continue;
    say(`row ${row.number}: ${row.title}`);
    tallies.push(await runSuite(row, options));
  }
  return tallies;
}
