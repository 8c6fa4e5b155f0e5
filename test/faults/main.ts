// `npm run test:faults`: stories disturbed at every boundary, each held against the oracles; exit code 0 when all hold.
import { openBed, type Bed } from './bed.ts';
import { showBites } from './bite.ts';
import { HELP, readOptions, type Options } from './options.ts';
import { disturbedCases, recordings } from './plan.ts';
import { runAll, say } from './runner.ts';
import { summarise } from './table.ts';

if (process.argv.includes('--help')) say(HELP);
else process.exitCode = (await main(readOptions(process.argv.slice(2)))) ? 0 : 1;

async function main(options: Options): Promise<boolean> {
  say(`seed ${options.seed}`);
  const start = performance.now();
  const bed = await openBed(say);
  try {
    return await disturb(bed, options);
  } finally {
    await bed.close();
    say(`${((performance.now() - start) / 1_000).toFixed(0)} s`);
  }
}

async function disturb(bed: Bed, options: Options): Promise<boolean> {
  const undisturbed = await runAll(bed, recordings(options), options.jobs);
  const recorded = undisturbed
    .filter(({ verdict }) => verdict.findings.length === 0)
    .map(({ one: { place, story }, verdict }) => ({ place, story, verdict }));
  if (options.mutants) return showBites(bed, recorded, options);
  const cases = disturbedCases(options, recorded);
  say(`${undisturbed.length} undisturbed stories, ${cases.length} disturbed ones`);
  return summarise([...undisturbed, ...(await runAll(bed, cases, options.jobs))], options.seed);
}
