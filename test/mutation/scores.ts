// How many mutants of each file were noticed.
import { relative } from 'node:path';
import type { MutantResult } from '@stryker-mutator/api/core';

export interface Score {
  /** Or what else they have in common. */
  readonly file: string;
  /** Those that could be tried. */
  readonly mutants: number;
  readonly noticed: number;
  /** Of them those with which the tests did not end in time. */
  readonly endless: number;
  readonly percent: number;
}

const NOTICED: ReadonlySet<string> = new Set(['Killed', 'Timeout']);
const TRIED: ReadonlySet<string> = new Set([...NOTICED, 'Survived', 'NoCoverage']);

/** In the order of their paths, which begin below the working directory. */
export function scoresByFile(results: readonly MutantResult[]): readonly Score[] {
  const files = [...new Set(results.map(({ fileName }) => fileName))].sort();
  return files.map((file) =>
    scoreOf(
      relative(process.cwd(), file),
      results.filter(({ fileName }) => fileName === file),
    ),
  );
}

export function scoreOf(file: string, results: readonly MutantResult[]): Score {
  const tried = results.filter(({ status }) => TRIED.has(status));
  const noticed = tried.filter(({ status }) => NOTICED.has(status)).length;
  const endless = tried.filter(({ status }) => status === 'Timeout').length;
  return { file, mutants: tried.length, noticed, endless, percent: (100 * noticed) / tried.length };
}
