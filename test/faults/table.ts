// The end of a run: a table of what was tried, and one plain line.
import { ROWS } from './rows.ts';
import { nameOf, type Case } from './case.ts';
import { say, type Done } from './runner.ts';

/** Fewer disturbances than this share of a row must stay unmet, or its cases say too little. */
const MAX_UNREACHED = 0.5;

/** @returns whether everything holds */
export function summarise(done: readonly Done[], seed: number): boolean {
  const rows = [{ number: 0, title: 'undisturbed' }, ...ROWS];
  const lines = [...new Set(done.map(({ one }) => one.place))].flatMap((place) =>
    rows.flatMap(({ number, title }) => {
      const cases = done.filter(({ one }) => one.row === number && one.place === place);
      if (cases.length === 0) return [];
      const [failed, unreached] = [cases.filter(hasFailed).length, cases.filter(isUnreached).length];
      return [[String(number), title, place, ...[cases.length, failed, unreached].map(String)]];
    }),
  );
  say('');
  printTable([['row', 'what', 'runtime', 'cases', 'failed', 'unreached'], ...lines]);
  for (const { one } of done.filter(hasFailed)) say(`failed: ${nameOf(one)}`);
  for (const { one } of done.filter(isUnreached)) say(`unreached: ${nameOf(one)}`);
  const failed = done.filter(hasFailed).length;
  const isTelling = done.filter(isUnreached).length <= done.length * MAX_UNREACHED;
  if (!isTelling) say('too many disturbances were not met: the run says too little');
  say(`seed ${seed}`);
  say(`${done.length - failed} passed, ${failed} failed`);
  return failed === 0 && isTelling;
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

function hasFailed({ verdict }: Done): boolean {
  return verdict.findings.length > 0;
}

function isUnreached({ verdict }: { readonly verdict: Done['verdict']; readonly one: Case }): boolean {
  return !verdict.reached;
}
