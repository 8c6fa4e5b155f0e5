// Runs a suite row: mocha in a process of its own, its tests counted as cases.
import { runMocha, type MochaEnd } from './mocha.ts';
import type { Options } from './options.ts';
import type { SuiteRow } from './row.ts';
import { say } from './say.ts';
import type { Tally } from './table.ts';

const TIMEOUT_MS = 15 * 60_000;

export async function runSuite(row: SuiteRow, options: Options): Promise<Tally> {
  const { seed, cases, only } = options;
  const end = await runMocha({
    ...{ name: `row ${row.number}`, files: row.files, timeoutMs: row.timeoutMs ?? TIMEOUT_MS },
    flags: only === '' ? [] : ['--fgrep', only],
    env: { FAULTS_SEED: String(seed), ...(cases === undefined ? {} : { FAULTS_CASES: String(cases) }) },
  });
  if (end.isLate) say(`row ${row.number} was ended: it has run for too long`);
  return tallyOf(row, options, end);
}

/** Too few cases, or an end that no test explains, are a failure as well. */
function tallyOf(
  { number, title, goal }: SuiteRow,
  { seed, cases: wanted, only }: Options,
  { exitCode, log, tests }: MochaEnd,
): Tally {
  const cases = tests.reduce((sum, test) => sum + test.cases, 0);
  const failed = tests.filter((test) => test.error !== undefined);
  const broken: string[] = [];
  for (const test of failed) say(`FAILED row ${number} | ${test.title}\n  ${test.error ?? ''}`);
  if (exitCode !== 0 && failed.length === 0) {
    broken.push(`row ${number} | mocha ended with ${exitCode}`);
    say(`FAILED ${broken[0] ?? ''}: ${log}`);
  }
  if (only === '' && wanted === undefined && cases < goal)
    broken.push(`row ${number} | ${cases} cases of ${goal}`);
  const command = `npm run test:faults -- --row=${number} --seed=${seed}`;
  return {
    ...{ row: number, title, where: '', cases, unreached: [] },
    failures: [
      ...broken.map((what) => `${what}: ${command}`),
      ...failed.map((test) => `${command} --only=${quote(test.title)}`),
    ],
  };
}

/** For a POSIX shell. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
