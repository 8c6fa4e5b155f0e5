// Mocha in a process of its own, which ends with all that it started; each of its tests is told, also when it ends early.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startChild } from '../../lib/embedded/child.ts';
import { createScratch } from '../../lib/embedded/scratch.ts';
import type { Tested } from './suite-reporter.ts';

const TEST = join(import.meta.dirname, '..');
const REPORTER = join(import.meta.dirname, 'suite-reporter.ts');

export interface MochaRun {
  /** For messages. */
  readonly name: string;
  /** Patterns of files below `test/`. */
  readonly files: readonly string[];
  readonly flags: readonly string[];
  /** Beside our own. */
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

export interface MochaEnd {
  readonly exitCode: number;
  readonly log: string;
  /** It was ended because its time was over. */
  readonly isLate: boolean;
  /** None: it did not get as far as running a test. */
  readonly tests: readonly Tested[];
}

export async function runMocha(run: MochaRun): Promise<MochaEnd> {
  const scratch = await createScratch('faults-suite');
  try {
    const results = join(scratch.path, 'results');
    const end = await endOf(run, results, join(scratch.path, 'tried'));
    return { ...end, tests: await readResults(results) };
  } finally {
    await scratch.remove();
  }
}

async function endOf(
  { name, files, flags, env, timeoutMs }: MochaRun,
  results: string,
  counter: string,
): Promise<Omit<MochaEnd, 'tests'>> {
  const reporter = ['--reporter', REPORTER, '--reporter-option', `results=${results}`];
  const paths = files.map((file) => join(TEST, file));
  const child = startChild({
    name,
    argv: ['mocha', ...reporter, ...flags, ...paths],
    env: { ...inherited(), FAULTS_TRIED: counter, ...env },
  });
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    void child.stop(0);
  }, timeoutMs);
  await child.exited;
  clearTimeout(timer);
  return { exitCode: child.exitCode ?? 1, log: child.log(), isLate };
}

function inherited(): Record<string, string> {
  const set = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return Object.fromEntries(set);
}

async function readResults(path: string): Promise<readonly Tested[]> {
  const text = await readFile(path, { encoding: 'utf8', flag: 'a+' });
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Tested);
}
