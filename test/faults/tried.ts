// How a test of a suite row speaks with `npm run test:faults`: its seed, how many cases are wanted, how many it has tried.
import { randomInt } from 'node:crypto';
import { appendFileSync } from 'node:fs';

/** Says that the test that runs now has tried so many cases; without it a test is one. Sums up when called again. */
export function tried(cases: number): void {
  const file = process.env['FAULTS_TRIED'];
  if (file !== undefined) appendFileSync(file, `${cases}\n`);
}

/** That of the run, which prints it; in a run of mocha alone a random one, which the test prints. */
export function suiteSeed(): number {
  return Number(process.env['FAULTS_SEED'] ?? randomInt(2 ** 31));
}

/** What `--cases` says, for each test of the suite; else the usual number. */
export function suiteCases(usual: number): number {
  return Number(process.env['FAULTS_CASES'] ?? usual);
}
