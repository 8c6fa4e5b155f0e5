// The options of `npm run bench`.
import { parseArgs } from 'node:util';
import { SECTIONS, type SectionName } from './sections.ts';

export interface Options {
  readonly sections: readonly SectionName[];
  /** Small sizes, a few minutes. */
  readonly quick: boolean;
  /** Where the figures go as JSON; undefined: nowhere. */
  readonly json: string | undefined;
}

export const HELP = `npm run bench -- [options]
  --only=<section>  only this section (${SECTIONS.join(', ')}); repeatable
  --quick           small sizes, to see that it works
  --json=<file>     the figures as JSON, too`;

/** @throws Error for an option that means nothing */
export function readOptions(argv: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      only: { type: 'string', multiple: true },
      quick: { type: 'boolean' },
      json: { type: 'string' },
    },
  });
  return {
    sections: (values.only ?? SECTIONS).map(sectionOf),
    quick: values.quick ?? false,
    json: values.json,
  };
}

function sectionOf(name: string): SectionName {
  const found = SECTIONS.find((section) => section === name);
  if (found === undefined) throw new Error(`there is no section ${name}; choose of ${SECTIONS.join(', ')}`);
  return found;
}
