// How many mutants of each file were noticed.
import { relative } from 'node:path';
import type { MutantResult } from '@stryker-mutator/api/core';

export interface Score {
  /** Empty: all of them together. */
  readonly file: string;
  /** Those that could be tried. */
  readonly mutants: number;
  readonly noticed: number;
  readonly percent: number;
}

const NOTICED: ReadonlySet<string> = new Set(['Killed', 'Timeout']);
const TRIED: ReadonlySet<string> = new Set([...NOTICED, 'Survived', 'NoCoverage']);

/** One for each file, then one for all. */
export function scoresOf(results: readonly MutantResult[]): readonly Score[] {
  const tried = results.filter(({ status }) => TRIED.has(status));
  const files = [...new Set(tried.map(({ fileName }) => fileName))].sort();
  const scores = files.map((file) =>
    scoreOf(
      relative(process.cwd(), file),
      tried.filter(({ fileName }) => fileName === file),
    ),
  );
  return [...scores, scoreOf('', tried)];
}

function scoreOf(file: string, tried: readonly MutantResult[]): Score {
  const noticed = tried.filter(({ status }) => NOTICED.has(status)).length;
  return { file, mutants: tried.length, noticed, percent: (100 * noticed) / tried.length };
}
