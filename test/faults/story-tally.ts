// The stories of a run, counted by row and runtime, and held against the goal of their row.
import { nameOf } from './case.ts';
import type { Options } from './options.ts';
import { PLACES } from './place.ts';
import { formatCase } from './repeat.ts';
import type { Done } from './runner.ts';
import { STORIES } from './stories.ts';
import { STORY_ROWS } from './story-rows.ts';
import { quote } from './suite.ts';
import type { Tally } from './table.ts';

type Choice = Pick<Options, 'all' | 'cases' | 'only' | 'places' | 'stories' | 'rows' | 'seed'>;

export function tallyStories(done: readonly Done[], choice: Choice): readonly Tally[] {
  const rows = [{ number: 0, title: 'undisturbed' }, ...STORY_ROWS];
  return [
    ...rows.flatMap(({ number, title }) =>
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
    ),
    ...(isWhole(choice) ? goalsOf(done, choice) : []),
  ];
}

/** Nothing of a row was left out. */
function isWhole({ all, cases, only, places, stories }: Choice): boolean {
  const isEverywhere = places.length === PLACES.length && stories.length === STORIES.length;
  return all && cases === undefined && only === '' && isEverywhere;
}

/** Of all places together. A disturbance that was not met is no case. */
function goalsOf(done: readonly Done[], { rows, seed }: Choice): readonly Tally[] {
  return rows.flatMap((row) => {
    if (row.sort !== 'Stories') return [];
    const { number, title, goal } = row;
    const met = done.filter(({ one, verdict }) => one.row === number && verdict.reached).length;
    const command = `npm run test:faults -- --row=${number} --seed=${seed}`;
    const failures = met < goal ? [`row ${number} | ${met} cases of ${goal}: ${command}`] : [];
    return [{ row: number, title, where: `${met} met, goal ${goal}`, cases: 0, failures, unreached: [] }];
  });
}

function commandOf({ one }: Done): string {
  return `npm run test:faults -- --case=${quote(formatCase(one))}`;
}
