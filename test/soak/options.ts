// The options of `npm run soak`.
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';

export interface Options {
  readonly minutes: number;
  readonly seed: number;
}

const DEFAULT_MINUTES = 10;

export const HELP = `npm run soak -- [options]
  --minutes=<n>  begins no round after so long; default ${DEFAULT_MINUTES}
  --seed=<n>     repeats what is done, though not when the world answers`;

/** @throws Error for an option that means nothing */
export function readOptions(argv: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...argv],
    options: { minutes: { type: 'string' }, seed: { type: 'string' } },
  });
  return {
    minutes: wholeNumber(values.minutes) ?? DEFAULT_MINUTES,
    seed: wholeNumber(values.seed) ?? randomInt(2 ** 31),
  };
}

function wholeNumber(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,10}$/.test(text)) throw new Error(`${text} is no whole number`);
  return Number(text);
}
