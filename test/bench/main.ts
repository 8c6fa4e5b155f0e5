// `npm run bench`: how fast, how large, how many calls; each figure beside its floor in the same run. Exit code 0 when all goals are kept.
import { loadavg } from 'node:os';
import { say } from '../support/table.ts';
import { measureApprovals } from './approvals.ts';
import { openBed, type Bed } from './bed.ts';
import { measureInstall } from './dance.ts';
import { measureIdle } from './idle.ts';
import { HELP, readOptions, type Options } from './options.ts';
import { printResults, writeResults, type Result } from './result.ts';
import { measureScale, type Scaled } from './scale.ts';
import type { SectionName } from './sections.ts';
import { growthOf, resultsOf } from './verdicts.ts';

/** Workspaces, with ten plugins each. */
const SIZES = {
  whole: { directory: [10, 30, 100, 300], docker: [20], idle: 10, approvals: 100, rounds: 15 },
  quick: { directory: [2, 6], docker: [2], idle: 2, approvals: 2, rounds: 5 },
} as const;

interface Sizes extends Readonly<Record<'directory' | 'docker', readonly number[]>> {
  readonly idle: number;
  readonly approvals: number;
  readonly rounds: number;
}

function sizesOf(sizes: Sizes, workspaces: number | undefined): Sizes {
  if (workspaces === undefined) return sizes;
  return { ...sizes, directory: [workspaces], docker: [workspaces], idle: workspaces, approvals: workspaces };
}

if (process.argv.includes('--help')) say(HELP);
else process.exitCode = (await main(readOptions(process.argv.slice(2)))) ? 0 : 1;

async function main(options: Options): Promise<boolean> {
  const bed = await openBed(say);
  const results: Result[] = [];
  try {
    for (const section of options.sections) results.push(...(await measure(bed, section, options)));
  } finally {
    await bed.close();
  }
  printResults(results);
  say(
    `load average ${loadavg()
      .map((load) => load.toFixed(1))
      .join(', ')}`,
  );
  if (options.json !== undefined) await writeResults(options.json, results);
  return results.every(({ isKept }) => isKept !== false);
}

async function measure(
  bed: Bed,
  section: SectionName,
  { quick, workspaces }: Options,
): Promise<readonly Result[]> {
  const sizes = sizesOf(SIZES[quick ? 'quick' : 'whole'], workspaces);
  switch (section) {
    case 'install':
      return measureInstall(bed, sizes.rounds);
    case 'idle':
      return measureIdle(bed, 'directory', sizes.idle);
    case 'approvals':
      return measureApprovals(bed, sizes.approvals);
    case 'directory':
    case 'docker': {
      const scaled: Scaled[] = [];
      for (const workspaces of sizes[section]) {
        const one = await measureScale(bed, { kind: section, workspaces });
        printResults(resultsOf(one));
        scaled.push(one);
      }
      return [...scaled.flatMap(resultsOf), ...growthOf(scaled)];
    }
  }
}
