// The stories of a run, counted by row and runtime.
import { nameOf } from './case.ts';
import { formatCase } from './repeat.ts';
import type { Done } from './runner.ts';
import { STORY_ROWS } from './story-rows.ts';
import { quote } from './suite.ts';
import type { Tally } from './table.ts';

export function tallyStories(done: readonly Done[]): readonly Tally[] {
  const rows = [{ number: 0, title: 'undisturbed' }, ...STORY_ROWS];
  return rows.flatMap(({ number, title }) =>
    [...new Set(done.map(({ one }) => one.place))].flatMap((where) => {
      const cases = done.filter(({ one }) => one.row === number && one.place === where);
      if (cases.length === 0) return [];
      return [
        {
          ...{ row: number, title, where, cases: cases.length },
          failures: cases.filter(({ verdict }) => verdict.findings.length > 0).map(commandOf),
          unreached: cases.filter(({ verdict }) => !verdict.reached).map(({ one }) => nameOf(one)),
        },
      ];
    }),
  );
}

function commandOf({ one }: Done): string {
  return `npm run test:faults -- --case=${quote(formatCase(one))}`;
}
