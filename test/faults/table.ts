// The end of a run: a table of what was tried, how to repeat what failed, and one plain line.
import { say } from './say.ts';

/** What came of a row, in one place where that matters. */
export interface Tally {
  readonly row: number;
  readonly title: string;
  /** A runtime; empty where the row speaks of none. */
  readonly where: string;
  readonly cases: number;
  /** For each case that failed, the command that repeats it alone. */
  readonly failures: readonly string[];
  /** The names of disturbances that were never met. */
  readonly unreached: readonly string[];
}

/** Fewer disturbances than this share must stay unmet, or the cases say too little. */
const MAX_UNREACHED = 0.2;

/** Of RELIABILITY's oracles the one that there is nothing for yet. */
const NO_LEDGER =
  'oracle B (the ledger has one effect per idempotency key): no ledger configured, not judged';

/** @returns whether everything holds */
export function summarise(tallies: readonly Tally[], seed: number): boolean {
  const sorted = [...tallies].sort((a, b) => a.row - b.row);
  say('');
  printTable([['row', 'what', 'where', 'cases', 'failed', 'unreached'], ...sorted.map(lineOf)]);
  say(NO_LEDGER);
  for (const name of sorted.flatMap(({ unreached }) => unreached)) say(`unreached: ${name}`);
  for (const command of sorted.flatMap(({ failures }) => failures)) say(`failed; again by: ${command}`);
  const sum = (count: (tally: Tally) => number): number =>
    sorted.reduce((total, tally) => total + count(tally), 0);
  const [cases, failed] = [sum((tally) => tally.cases), sum(({ failures }) => failures.length)];
  const isTelling = sum(({ unreached }) => unreached.length) <= cases * MAX_UNREACHED;
  if (!isTelling) say('too many disturbances were not met: the run says too little');
  say(`seed ${seed}`);
  say(`${cases - failed} passed, ${failed} failed`);
  return failed === 0 && isTelling;
}

function lineOf({ row, title, where, cases, failures, unreached }: Tally): readonly string[] {
  return [String(row), title, where, ...[cases, failures.length, unreached.length].map(String)];
}

export function printTable(lines: readonly (readonly string[])[]): void {
  const widths = (lines[0] ?? []).map((_, column) =>
    Math.max(...lines.map((line) => line[column]?.length ?? 0)),
  );
  for (const line of lines) {
    say(
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    );
  }
}
