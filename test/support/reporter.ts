// Mocha's own report for people, each failure told at once, and its counts as JSON for test/run.ts.
import { writeFileSync } from 'node:fs';
import mocha from 'mocha';

/** What is shown of a failure as it happens; the whole comes at the end, unless the run is cut short before. */
const SHOWN_CHARACTERS = 2_000;

/** Writes mocha's counts to the file that the reporter option `counts` names. */
export default class CountingReporter extends mocha.reporters.Spec {
  constructor(runner: mocha.Runner, options: mocha.MochaOptions) {
    super(runner, options);
    const { EVENT_RUN_END, EVENT_TEST_FAIL } = mocha.Runner.constants;
    const { counts } = options.reporterOptions as { readonly counts: string };
    runner.on(EVENT_TEST_FAIL, (test: mocha.Test, error: unknown) => {
      const said = error instanceof Error ? error.message : String(error);
      mocha.reporters.Base.consoleLog(`FAILED ${test.fullTitle()}: ${said.slice(0, SHOWN_CHARACTERS)}`);
    });
    runner.once(EVENT_RUN_END, () => {
      writeFileSync(counts, JSON.stringify(runner.stats));
    });
  }
}
