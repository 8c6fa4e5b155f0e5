// Lets Stryker run mocha's tests in its own process; its own runner knows mocha only up to version 11.
import { globSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { commonTokens, declareFactoryPlugin, PluginKind, tokens } from '@stryker-mutator/api/plugin';
import {
  INSTRUMENTER_CONSTANTS,
  type InstrumenterContext,
  type StrykerOptions,
} from '@stryker-mutator/api/core';
import {
  determineHitLimitReached,
  DryRunStatus,
  TestStatus,
  toMutantRunResult,
  type DryRunOptions,
  type DryRunResult,
  type MutantRunOptions,
  type MutantRunResult,
  type TestResult,
  type TestRunner,
} from '@stryker-mutator/api/test-runner';
import fc from 'fast-check';
import Mocha from 'mocha';

/** What the instrumented code reads and writes: which mutant is alive, and which test is running. */
type Context = InstrumenterContext;

/**
 * The random worlds of every run are the same, so that its figures are; and which of them is the smallest to fail, nobody asks.
 * So few are enough where they meet everything that the tests ask of them, as those of this seed do.
 */
const SEED = 1;
const WORLDS = 400;

/** Tests of many random worlds take long: what a single example finds need not wait for them. */
const RANDOM = /\.(?:property|model)\.test\.ts$/;

class MochaRunner implements TestRunner {
  readonly #mocha = new Mocha({ reporter: Mocha.reporters.Base, timeout: 0 });
  readonly #context: Context;
  readonly #tests = new Map<string, TestResult>();
  #isLoaded = false;
  #running: Mocha.Runner | undefined;

  constructor(options: StrykerOptions) {
    const globals: Record<string, Context | undefined> = globalThis as never;
    this.#context = globals[INSTRUMENTER_CONSTANTS.NAMESPACE] ??= {};
    this.#mocha.cleanReferencesAfterRun(false);
    fc.configureGlobal({ seed: SEED, endOnFailure: true });
    Object.assign(process.env, { FAULTS_SEED: String(SEED), FAULTS_CASES: String(WORLDS) });
    const files = options.testFiles.flatMap((pattern) => globSync(pattern)).sort();
    for (const isRandom of [false, true]) {
      files.filter((file) => RANDOM.test(file) === isRandom).forEach((file) => this.#mocha.addFile(file));
    }
  }

  capabilities(): { reloadEnvironment: boolean } {
    return { reloadEnvironment: false };
  }

  async dryRun({ disableBail }: DryRunOptions): Promise<DryRunResult> {
    const result = await this.#run({ bail: !disableBail });
    const { mutantCoverage } = this.#context;
    return result.status === DryRunStatus.Complete && mutantCoverage !== undefined
      ? { ...result, mutantCoverage }
      : result;
  }

  async mutantRun(run: MutantRunOptions): Promise<MutantRunResult> {
    delete this.#context.hitCount;
    Object.assign(this.#context, run.hitLimit === undefined ? {} : { hitLimit: run.hitLimit, hitCount: 0 });
    // Before anything is loaded: one that lives while modules load is always given to a process that has loaded none.
    this.#context.activeMutant = run.activeMutant.id;
    return toMutantRunResult(await this.#run({ bail: !run.disableBail, only: run.testFilter }));
  }

  /** Also of a run that was given up as too long: it ends with the test that hangs, or with the process. */
  async dispose(): Promise<void> {
    this.#running?.abort();
    return Promise.resolve();
  }

  /** A module is loaded once in a process. */
  async #load(): Promise<void> {
    if (this.#isLoaded) return;
    await this.#mocha.loadFilesAsync();
    this.#isLoaded = true;
  }

  async #run({ bail, only }: { bail: boolean; only?: readonly string[] | undefined }): Promise<DryRunResult> {
    await this.#load();
    bailOut(this.#mocha.suite, bail);
    this.#mocha.grep(only === undefined || only.some(isFile) ? EVERY : exactly(only));
    this.#tests.clear();
    await new Promise<void>((resolve) => {
      this.#running = this.#mocha.run(() => {
        resolve();
      });
      this.#listen(this.#running);
    });
    this.#running = undefined;
    const reached = determineHitLimitReached(this.#context.hitCount, this.#context.hitLimit);
    return reached ?? { status: DryRunStatus.Complete, tests: [...this.#tests.values()] };
  }

  #listen(runner: Mocha.Runner): void {
    runner.on('test', (test) => {
      this.#context.currentTestId = test.fullTitle();
    });
    runner.on('pass', (test) => {
      this.#tests.set(test.fullTitle(), { ...named(test), status: TestStatus.Success });
    });
    runner.on('fail', (test, error: unknown) => {
      const failureMessage = error instanceof Error ? error.message : String(error);
      this.#tests.set(test.fullTitle(), { ...named(test), status: TestStatus.Failed, failureMessage });
    });
  }
}

/** Two tests of one name count as one: it fails when either does. */
function named(test: Mocha.Test): { id: string; name: string; timeSpentMs: number } {
  const name = test.fullTitle();
  return { id: name, name, timeSpentMs: test.duration ?? 0 };
}

/** Of a mutant that any test may meet Stryker says in which files to look: all that there are. */
function isFile(name: string): boolean {
  return isAbsolute(name);
}

const EVERY = /(?:)/;

function exactly(names: readonly string[]): RegExp {
  const literal = (name: string): string => name.replace(/[$()*+.?[\\\]^{|}]/g, '\\$&');
  return new RegExp(`^(?:${names.map(literal).join('|')})$`);
}

function bailOut(suite: Mocha.Suite, bail: boolean): void {
  suite.bail(bail);
  for (const child of suite.suites) bailOut(child, bail);
}

function create(options: StrykerOptions): MochaRunner {
  return new MochaRunner(options);
}
create.inject = tokens(commonTokens.options);

export const strykerPlugins = [declareFactoryPlugin(PluginKind.TestRunner, 'mocha', create)];
