// The options of `npm run test:faults`.
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { PLACES, type PlaceKind } from './place.ts';
import { parseCase, type Repeated } from './repeat.ts';
import type { Row } from './row.ts';
import { ROWS } from './rows.ts';
import { STORIES, type Story } from './stories.ts';

export interface Options {
  readonly rows: readonly Row[];
  /** As far as it goes, instead of a run of minutes: so are rows that are named. */
  readonly all: boolean;
  readonly places: readonly PlaceKind[];
  readonly stories: readonly Story[];
  readonly seed: number;
  /** For each row and place; undefined: the usual bounded run. */
  readonly cases: number | undefined;
  /** This case alone. */
  readonly repeated: Repeated | undefined;
  /** Only cases with this text in their name. */
  readonly only: string;
  readonly jobs: number;
  /** Instead: bugs put in on purpose, to see every oracle bite. */
  readonly mutants: boolean;
}

const NUMBERS = [...new Set(['0', ...ROWS.map(({ number }) => String(number))])];

export const HELP = `npm run test:faults -- [options]
  --all             every row, as far as it goes: hours; otherwise those that \`npm test\` has, and the longest, are left out
  --row=<n>         only this row of the matrix, 0 for nothing disturbed (${NUMBERS.join(', ')}); repeatable
  --runtime=<name>  only this runtime (${PLACES.join(', ')}); repeatable
  --story=<name>    only this story (${STORIES.map(({ name }) => name).join(', ')}); repeatable
  --seed=<n>        repeats a run
  --cases=<n>       so many cases for each row and runtime, and for each test of a suite, instead of the usual number
  --case=<text>     this case alone, as a failure names it
  --only=<text>     only cases whose name holds this text
  --jobs=<n>        cases at the same time
  --mutants         puts bugs into the product and shows which oracle finds each`;

/** Most of a case is waiting. */
const DEFAULT_JOBS = 8;

/** @throws Error for an option that means nothing */
export function readOptions(argv: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      all: { type: 'boolean' },
      row: { type: 'string', multiple: true },
      runtime: { type: 'string', multiple: true },
      story: { type: 'string', multiple: true },
      seed: { type: 'string' },
      cases: { type: 'string' },
      only: { type: 'string' },
      case: { type: 'string' },
      jobs: { type: 'string' },
      mutants: { type: 'boolean' },
    },
  });
  const repeated = values.case === undefined ? undefined : parseCase(values.case);
  return {
    repeated,
    rows: repeated === undefined ? chosenRows(values.row, values.all ?? false) : [],
    all: (values.all ?? false) || values.row !== undefined,
    places: repeated === undefined ? chosen(PLACES, values.runtime, (place) => place) : [repeated.place],
    stories: repeated === undefined ? chosen(STORIES, values.story, ({ name }) => name) : [repeated.story],
    seed: wholeNumber(values.seed) ?? randomInt(2 ** 31),
    cases: wholeNumber(values.cases),
    only: values.only ?? '',
    jobs: wholeNumber(values.jobs) ?? DEFAULT_JOBS,
    mutants: values.mutants ?? false,
  };
}

/** A row may have cases of both sorts; 0 stands for the undisturbed stories, which are always there. */
function chosenRows(wanted: readonly string[] | undefined, all: boolean): readonly Row[] {
  if (wanted === undefined && !all)
    return ROWS.filter((row) => row.sort === 'Stories' || row.isExtra !== true);
  const numbers = chosen(NUMBERS, wanted, (number) => number);
  return ROWS.filter(({ number }) => numbers.includes(String(number)));
}

function chosen<T>(
  all: readonly T[],
  wanted: readonly string[] | undefined,
  nameOf: (one: T) => string,
): readonly T[] {
  if (wanted === undefined) return all;
  return wanted.map((name) => {
    const found = all.find((one) => nameOf(one) === name);
    if (found === undefined) throw new Error(`there is no ${name}; choose of ${all.map(nameOf).join(', ')}`);
    return found;
  });
}

function wholeNumber(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,10}$/.test(text)) throw new Error(`${text} is no whole number`);
  return Number(text);
}
