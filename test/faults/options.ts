// The options of `npm run test:faults`.
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { PLACES, type PlaceKind } from './place.ts';
import { ROWS, type Row } from './rows.ts';

export interface Options {
  readonly rows: readonly Row[];
  readonly places: readonly PlaceKind[];
  readonly seed: number;
  /** For each row and place; undefined: the usual bounded run. */
  readonly cases: number | undefined;
  /** Only cases with this text in their name. */
  readonly only: string;
  readonly jobs: number;
  /** Instead: bugs put in on purpose, to see every oracle bite. */
  readonly mutants: boolean;
}

export const HELP = `npm run test:faults -- [options]
  --row=<n>         only this row of the matrix (${ROWS.map(({ number }) => number).join(', ')}); repeatable
  --runtime=<name>  only this runtime (${PLACES.join(', ')}); repeatable
  --seed=<n>        repeats a run
  --cases=<n>       so many cases for each row and runtime, instead of the usual number
  --only=<text>     only cases whose name holds this text
  --jobs=<n>        cases at the same time
  --mutants         puts bugs into the product and shows which oracle finds each`;

const DEFAULT_JOBS = 4;

/** @throws Error for an option that means nothing */
export function readOptions(argv: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      row: { type: 'string', multiple: true },
      runtime: { type: 'string', multiple: true },
      seed: { type: 'string' },
      cases: { type: 'string' },
      only: { type: 'string' },
      jobs: { type: 'string' },
      mutants: { type: 'boolean' },
    },
  });
  return {
    rows: chosen(ROWS, values.row, ({ number }) => String(number)),
    places: chosen(PLACES, values.runtime, (place) => place),
    seed: wholeNumber(values.seed) ?? randomInt(2 ** 31),
    cases: wholeNumber(values.cases),
    only: values.only ?? '',
    jobs: wholeNumber(values.jobs) ?? DEFAULT_JOBS,
    mutants: values.mutants ?? false,
  };
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
