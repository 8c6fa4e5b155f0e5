// The options of `npm run bench`.
import { parseArgs } from 'node:util';
import { SECTIONS, type SectionName } from './sections.ts';

export interface Options {
  readonly sections: readonly SectionName[];
  /** Small sizes, a few minutes. */
  readonly quick: boolean;
  /** Instead of the usual sizes, each with ten plugins; undefined: those. */
  readonly workspaces: number | undefined;
  /** Where the figures go as JSON; undefined: nowhere. */
  readonly json: string | undefined;
}

export const HELP = `npm run bench -- [options]
  --only=<section>  only this section (${SECTIONS.join(', ')}); repeatable
  --quick           small sizes, to see that it works
  --workspaces=<n>  so many workspaces with ten plugins each, instead of the usual numbers
  --json=<file>     the figures as JSON, too`;

/** @throws Error for an option that means nothing */
export function readOptions(argv: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      only: { type: 'string', multiple: true },
      quick: { type: 'boolean' },
      workspaces: { type: 'string' },
      json: { type: 'string' },
    },
  });
  return {
    sections: (values.only ?? SECTIONS).map(sectionOf),
    quick: values.quick ?? false,
    workspaces: values.workspaces === undefined ? undefined : sizeOf(values.workspaces),
    json: values.json,
  };
}

function sectionOf(name: string): SectionName {
  const found = SECTIONS.find((section) => section === name);
  if (found === undefined) throw new Error(`there is no section ${name}; choose of ${SECTIONS.join(', ')}`);
  return found;
}

function sizeOf(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new Error(`${text} is no number of workspaces`);
  return Number(text);
}
