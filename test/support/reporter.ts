// Mocha's own report for people, and its counts as JSON for test/run.ts.
import { writeFileSync } from 'node:fs';
import mocha from 'mocha';

/** Writes mocha's counts to the file that the reporter option `counts` names. */
export default class CountingReporter extends mocha.reporters.Spec {
  constructor(runner: mocha.Runner, options: mocha.MochaOptions) {
    super(runner, options);
    const { counts } = options.reporterOptions as { readonly counts: string };
    runner.once(mocha.Runner.constants.EVENT_RUN_END, () => {
      writeFileSync(counts, JSON.stringify(runner.stats));
    });
  }
}
