// Runs a suite with a bug in the product: one of its tests must fail.
import { join } from 'node:path';
import type { Bite } from './bite.ts';
import { runMocha, type MochaEnd } from './mocha.ts';
import type { SuiteMutant } from './mutant.ts';

const MUTATE = join(import.meta.dirname, 'mutate.ts');

/** A suite that hangs has found the bug as well: whoever runs it would notice. Milliseconds. */
const TIMEOUT_MS = 240_000;

/** For a unit test, which takes milliseconds; others say themselves how long they may take. */
const UNIT_TEST_MS = 20_000;

export async function biteSuite({ name, patches, file, row, only, cases }: SuiteMutant): Promise<Bite> {
  const start = performance.now();
  const end = await runMocha({
    ...{ name, files: [file], timeoutMs: TIMEOUT_MS },
    flags: ['--bail', ...limitOf(file), ...(only === undefined ? [] : ['--fgrep', only])],
    env: {
      ...{ NODE_OPTIONS: `--import=${MUTATE}`, MUTATIONS: JSON.stringify(patches) },
      ...(cases === undefined ? {} : { FAULTS_CASES: String(cases) }),
    },
  });
  const foundBy = finderIn(end);
  return {
    ...{ bug: name, where: row === undefined ? file : `row ${row}: ${file}`, wanted: 'a test' },
    ...{ foundBy: foundBy ?? `nobody: ${endingOf(end)}`, isRight: foundBy !== undefined },
    ms: performance.now() - start,
  };
}

function limitOf(file: string): readonly string[] {
  return file.startsWith('unit/') ? ['--timeout', String(UNIT_TEST_MS)] : [];
}

/** The test that failed, or the one after which nothing ended any more. */
function finderIn({ tests, isLate }: MochaEnd): string | undefined {
  const failed = tests.find(({ error, title }) => error !== undefined && !isHook(title));
  if (failed !== undefined) return failed.title;
  return isLate && tests.length > 0 ? `what follows ${tests.at(-1)?.title ?? ''}, without end` : undefined;
}

/** Where a suite cannot even be set up, the bug is found for a wrong reason. */
function isHook(title: string): boolean {
  return /"(before|after) (all|each)" hook/.test(title);
}

function endingOf({ tests, log }: MochaEnd): string {
  return tests.length > 0 ? `${tests.length} tests have passed` : `no test ran: ${log.slice(-300)}`;
}
