// Runs a suite with a bug in the product: its tests must fail.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import type { SuiteMutant } from './suite-mutants.ts';

const TEST = join(import.meta.dirname, '..');
const MUTATE = join(import.meta.dirname, 'mutate.ts');
/** A suite that hangs has found the bug as well: whoever runs it would notice. Milliseconds. */
const TIMEOUT_MS = 90_000;
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/** How many tests found it, by a failure or by never ending; undefined where the suite did not get as far as running any. */
export async function bitesOf({ patches, file }: SuiteMutant): Promise<number | undefined> {
  const said = await new Promise<string>((resolve) => {
    const env = {
      ...process.env,
      NODE_OPTIONS: `--import=${MUTATE}`,
      MUTATIONS: JSON.stringify(patches),
    };
    const limits = { timeout: TIMEOUT_MS, maxBuffer: MAX_OUTPUT_BYTES };
    const options = { ...limits, env };
    execFile('mocha', ['--reporter', 'dot', join(TEST, file)], options, (error, stdout, stderr) => {
      resolve(error?.killed === true ? '  1 failing' : `${stdout}${stderr}`);
    });
  });
  const count = /^ +(\d+) failing/m.exec(said)?.[1];
  if (count !== undefined) return Number(count);
  return /^ +\d+ passing/m.test(said) ? 0 : undefined;
}
