// `npm test`: every check in turn, each named and timed; the last line sums up as `N passed, N failed`.
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { startChild } from '../lib/embedded/child.ts';
import { createScratch } from '../lib/embedded/scratch.ts';
import type { Counts } from './support/reporter.ts';

/**
 * `suite`: counts are what mocha counted; else the check counts only when it fails. `labelled`: its lines bear its
 * name, as another stage runs at the same time.
 */
interface Stage {
  readonly name: string;
  readonly argv: readonly [string, ...string[]];
  readonly suite?: boolean;
  readonly labelled?: boolean;
}

interface Result {
  readonly name: string;
  readonly seconds: string;
  readonly passed: number;
  readonly failed: number;
  readonly files: Counts['files'];
}

/** So many of the slowest files are told. */
const SLOWEST = 8;
const NO_COUNTS: Counts = { passes: 0, failures: 0, tests: 0, files: [] };
const STAGE_TIMEOUT_MS = 35 * 60_000;

/** Of the sources alone; two go side by side. */
const checks: readonly Stage[] = [
  { name: 'lint', argv: ['eslint', '.', '--max-warnings', '0'] },
  { name: 'generated types', argv: ['node', 'crds/generate.ts', '--check'] },
  { name: 'types', argv: ['tsc', '--noEmit'] },
  { name: 'format', argv: ['prettier', '--check', '--log-level', 'warn', '.'] },
  { name: 'arrows', argv: ['depcruise', '--config', '.dependency-cruiser.json', 'controller', 'lib'] },
  { name: 'build', argv: ['sh', '-c', 'npm run --silent build && node dist/controller/main.js --help'] },
];

const stages: readonly Stage[] = [
  { name: 'unit', argv: ['mocha', '--parallel', '--jobs=2', 'test/unit/**/*.test.ts'], suite: true },
  { name: 'real parts', argv: ['node', 'test/prepare.ts'] },
];

/** Waiting is most of what these do, so they go side by side. Contract suites are called by the tests of each implementation. */
const LANES = [
  ['target'],
  ['api', 'deploy', 'embedded', 'endurance', 'kube', 'leader', 'readers', 'rights', 'runtimes', 'up'],
];
const others = (await readdir('test/integration')).filter(
  (folder) => folder !== 'support' && !LANES.flat().includes(folder),
);
const sideBySide = [...LANES, others].map((folders, lane) => integration(`integration ${lane + 1}`, folders));

function integration(name: string, folders: readonly string[]): Stage {
  const globs = folders.map((folder) => `test/integration/${folder}/**/*.test.ts`);
  return { name, argv: ['mocha', ...globs], suite: true };
}

const scratch = await createScratch('test-run');
const results: Result[] = [];
results.push(...(await runTogether(checks, 2)));
for (const stage of stages) results.push(await run(stage, scratch.path));
results.push(...(await runTogether(sideBySide, sideBySide.length)));
await scratch.remove();
summarise();

/** So many at a time; each line bears the name of its stage. */
function runTogether(some: readonly Stage[], atOnce: number): Promise<Result[]> {
  return pLimit(atOnce).map(some, (stage) => run({ ...stage, labelled: true }, scratch.path));
}

async function run(stage: Stage, folder: string): Promise<Result> {
  say(`\n== ${stage.name}`);
  const countsFile = join(folder, `${stage.name}.json`);
  const start = performance.now();
  const reporter = ['--reporter', 'test/support/reporter.ts', '--reporter-option', `counts=${countsFile}`];
  const child = startChild({
    name: stage.name,
    argv: stage.suite === true ? [...stage.argv, ...reporter] : stage.argv,
    onOutput: stage.labelled === true ? labelled(stage.name) : (chunk) => process.stdout.write(chunk),
  });
  const timer = setTimeout(() => {
    say(`${stage.name} was ended after ${STAGE_TIMEOUT_MS / 60_000} minutes`);
    void child.stop(0);
  }, STAGE_TIMEOUT_MS);
  await child.exited;
  clearTimeout(timer);
  const counts = stage.suite === true ? await readCounts(countsFile) : { ...NO_COUNTS, tests: 1 };
  const broken = child.exitCode !== 0 || counts.tests === 0;
  return {
    name: stage.name,
    seconds: ((performance.now() - start) / 1_000).toFixed(1),
    passed: counts.passes,
    failed: broken ? Math.max(counts.failures, 1) : counts.failures,
    files: counts.files,
  };
}

/** Writes whole lines only, each behind the name. */
function labelled(name: string): (chunk: Buffer) => void {
  let rest = '';
  return (chunk) => {
    const lines = `${rest}${chunk.toString('utf8')}`.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) say(`${name} | ${line}`);
  };
}

/** No file: mocha did not get as far as running a test. */
async function readCounts(file: string): Promise<Counts> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Counts;
  } catch (error) {
    say(`there are no counts: ${String(error)}`);
    return NO_COUNTS;
  }
}

function summarise(): void {
  const slowest = results.flatMap(({ files }) => files).sort(([, a], [, b]) => b - a);
  say(`\nThe slowest files: ${slowest.slice(0, SLOWEST).map(told).join(', ')}\n`);
  for (const { name, seconds, passed, failed } of results) {
    const tests = passed > 0 ? `, ${passed} tests passed` : '';
    say(
      `${failed === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s${tests}${failed > 0 ? `, ${failed} failed` : ''})`,
    );
  }
  const sum = (count: (result: Result) => number): number =>
    results.reduce((total, result) => total + count(result), 0);
  const failed = sum((result) => result.failed);
  process.exitCode = failed === 0 ? 0 : 1;
  say(`${sum((result) => result.passed)} passed, ${failed} failed`);
}

function told([file, ms]: Counts['files'][number]): string {
  return `${file} (${(ms / 1_000).toFixed(1)} s)`;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
