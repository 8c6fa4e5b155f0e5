// One line of the table: what was measured, its floor in the same run, and whether it keeps its goal.
import { writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { printTable, say } from '../support/table.ts';

export interface Result {
  readonly section: string;
  readonly what: string;
  readonly figure: string;
  /** Empty where there is nothing to hold it against. */
  readonly floor: string;
  readonly ratio: string;
  /** Empty where none is set. */
  readonly goal: string;
  readonly isKept: boolean | undefined;
  /** The figures behind it: durations in milliseconds, sizes in bytes. */
  readonly raw: Readonly<Record<string, unknown>>;
}

/** A measured value against its floor; `goal` is the greatest ratio allowed. */
export function ratioResult(
  what: Pick<Result, 'section' | 'what' | 'figure' | 'floor' | 'raw'>,
  ratio: number,
  goal?: number,
): Result {
  return {
    ...what,
    ratio: ratio.toFixed(2),
    goal: goal === undefined ? '' : `≤ ${goal}`,
    isKept: goal === undefined ? undefined : ratio <= goal,
    raw: { ...what.raw, ratio, goal },
  };
}

/** A value that must not be over its goal. */
export function limitResult(
  what: Pick<Result, 'section' | 'what' | 'figure' | 'raw'>,
  value: number,
  limit?: { readonly value: number; readonly shown: string },
): Result {
  return {
    ...what,
    floor: '',
    ratio: '',
    goal: limit === undefined ? '' : `≤ ${limit.shown}`,
    isKept: limit === undefined ? undefined : value <= limit.value,
    raw: { ...what.raw, value, limit: limit?.value },
  };
}

export function printResults(results: readonly Result[]): void {
  const lines = results.map(({ section, what, figure, floor, ratio, goal, isKept }) => {
    const verdict = isKept === undefined ? '' : isKept ? 'kept' : 'MISSED';
    return [section, what, figure, floor, ratio, goal, verdict];
  });
  say('');
  printTable([['section', 'what', 'measured', 'floor', 'ratio', 'goal', ''], ...lines]);
}

/** With what tells how busy the machine was. */
export async function writeResults(file: string, results: readonly Result[]): Promise<void> {
  const machine = {
    cpus: cpus().length,
    model: cpus()[0]?.model,
    loadAverage: loadavg(),
    node: process.version,
  };
  const text = JSON.stringify({ time: new Date().toISOString(), machine, results }, undefined, 2);
  await writeFile(file, `${text}\n`);
}
