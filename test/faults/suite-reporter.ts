// What mocha tells of a suite row: each test as a line of JSON in the file that the reporter option `results` names.
import { appendFileSync, readFileSync, rmSync } from 'node:fs';
import mocha from 'mocha';

export interface Tested {
  readonly title: string;
  /** As it says by `tried`; at least 1. A hook that failed is one, too. */
  readonly cases: number;
  /** Undefined: it has passed. */
  readonly error?: string;
}

export default class SuiteReporter extends mocha.reporters.Base {
  readonly #results: string;

  constructor(runner: mocha.Runner, options: mocha.MochaOptions) {
    super(runner, options);
    this.#results = (options.reporterOptions as { readonly results: string }).results;
    const { EVENT_TEST_PASS, EVENT_TEST_FAIL } = mocha.Runner.constants;
    runner.on(EVENT_TEST_PASS, (test) => {
      this.#note({ title: test.fullTitle(), cases: takeTried() });
    });
    runner.on(EVENT_TEST_FAIL, (test, error: Error) => {
      this.#note({ title: test.fullTitle(), cases: takeTried(), error: error.stack ?? error.message });
    });
  }

  #note(tested: Tested): void {
    appendFileSync(this.#results, `${JSON.stringify(tested)}\n`);
  }
}

/** What the test that has just ended has said, and nothing for the next one. */
function takeTried(): number {
  const file = process.env['FAULTS_TRIED'] ?? '';
  const said = readFileSync(file, { encoding: 'utf8', flag: 'a+' }).split('\n').map(Number);
  rmSync(file, { force: true });
  return Math.max(
    1,
    said.reduce((sum, cases) => sum + cases, 0),
  );
}
