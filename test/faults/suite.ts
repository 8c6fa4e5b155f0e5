// Runs a suite row: mocha in a process of its own, its tests counted as cases.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startChild } from '../../lib/embedded/child.ts';
import { createScratch } from '../../lib/embedded/scratch.ts';
import type { Options } from './options.ts';
import type { SuiteRow } from './row.ts';
import { say } from './say.ts';
import type { Tested } from './suite-reporter.ts';
import type { Tally } from './table.ts';

const TIMEOUT_MS = 15 * 60_000;
const TEST = join(import.meta.dirname, '..');
const REPORTER = join(import.meta.dirname, 'suite-reporter.ts');

export async function runSuite(row: SuiteRow, options: Options): Promise<Tally> {
  const scratch = await createScratch('faults-suite');
  try {
    const end = await runMocha(row, options, scratch.path);
    return tallyOf(row, options, { ...end, tests: await readResults(scratch.path) });
  } finally {
    await scratch.remove();
  }
}

interface End {
  readonly exitCode: number;
  readonly log: string;
}

async function runMocha(row: SuiteRow, options: Options, folder: string): Promise<End> {
  const { seed, cases, only } = options;
  const reporter = ['--reporter', REPORTER, '--reporter-option', `results=${join(folder, 'results')}`];
  const files = row.files.map((file) => join(TEST, file));
  const child = startChild({
    name: `row ${row.number}`,
    argv: ['mocha', ...reporter, ...(only === '' ? [] : ['--fgrep', only]), ...files],
    env: {
      ...inherited(),
      ...{ FAULTS_TRIED: join(folder, 'tried'), FAULTS_SEED: String(seed) },
      ...(cases === undefined ? {} : { FAULTS_CASES: String(cases) }),
    },
  });
  const timer = setTimeout(() => {
    say(`row ${row.number} was ended: it has run for too long`);
    void child.stop(0);
  }, row.timeoutMs ?? TIMEOUT_MS);
  await child.exited;
  clearTimeout(timer);
  return { exitCode: child.exitCode ?? 1, log: child.log() };
}

function inherited(): Record<string, string> {
  const set = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return Object.fromEntries(set);
}

/** No file: mocha did not get as far as running a test. */
async function readResults(folder: string): Promise<readonly Tested[]> {
  const text = await readFile(join(folder, 'results'), { encoding: 'utf8', flag: 'a+' });
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Tested);
}

/** Too few cases, or an end that no test explains, are a failure as well. */
function tallyOf(
  { number, title, goal }: SuiteRow,
  { seed, cases: wanted, only }: Options,
  { exitCode, log, tests }: End & { readonly tests: readonly Tested[] },
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
