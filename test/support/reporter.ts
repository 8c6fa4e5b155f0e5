// Mocha's own report for people, each failure told at once, and its counts as JSON for test/run.ts.
import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import mocha from 'mocha';

/** What is shown of a failure as it happens; the whole comes at the end, unless the run is cut short before. */
const SHOWN_CHARACTERS = 2_000;

/** After the last test and hook nothing may be left to wait for. */
const END_WITHIN_MS = 30_000;

/** What the file that the reporter option `counts` names is given. */
export interface Counts {
  readonly passes: number;
  readonly failures: number;
  readonly tests: number;
  /** Milliseconds by test file, hooks not counted, the slowest first. */
  readonly files: readonly (readonly [file: string, ms: number])[];
}

export default class CountingReporter extends mocha.reporters.Spec {
  constructor(runner: mocha.Runner, options: mocha.MochaOptions) {
    super(runner, options);
    const { EVENT_RUN_END, EVENT_TEST_END, EVENT_TEST_FAIL } = mocha.Runner.constants;
    const { counts } = options.reporterOptions as { readonly counts: string };
    const files = new Map<string, number>();
    runner.on(EVENT_TEST_FAIL, (test: mocha.Test, error: unknown) => {
      const said = error instanceof Error ? error.message : String(error);
      mocha.reporters.Base.consoleLog(`FAILED ${test.fullTitle()}: ${said.slice(0, SHOWN_CHARACTERS)}`);
    });
    runner.on(EVENT_TEST_END, (test: mocha.Test) => {
      const file = relative(process.cwd(), test.file ?? '');
      files.set(file, (files.get(file) ?? 0) + (test.duration ?? 0));
    });
    runner.once(EVENT_RUN_END, () => {
      const { passes = 0, failures = 0, tests = 0 } = runner.stats ?? {};
      const slowest = [...files].sort(([, a], [, b]) => b - a);
      writeFileSync(counts, JSON.stringify({ passes, failures, tests, files: slowest } satisfies Counts));
      setTimeout(endAnyway, END_WITHIN_MS).unref();
    });
  }
}

function endAnyway(): void {
  const left = process.getActiveResourcesInfo().join(', ');
  mocha.reporters.Base.consoleLog(
    `FAILED the run does not end, ${END_WITHIN_MS / 1_000} s after it: ${left}`,
  );
  process.exit(1);
}
