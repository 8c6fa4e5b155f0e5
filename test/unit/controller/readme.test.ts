// The README's tables of flags and reasons are those of the program.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { reasons, types, updateTypes } from '../../../controller/api/reasons.ts';
import { FLAGS, type Flag } from '../../../controller/flags.ts';

const README = join(import.meta.dirname, '..', '..', '..', 'README.md');

describe('README', () => {
  it('names every flag with its variable, default and purpose, and no other', async () => {
    const rows = await readTable('flag');

    expect(rows).to.deep.equal(FLAGS.map(rowOf));
  });

  it('explains every reason that a condition can have, and no other', async () => {
    const rows = await readTable('reason');

    expect(rows.map(([reason]) => reason).sort()).to.deep.equal(Object.keys(reasons).sort());
  });

  it('explains every condition, and no other', async () => {
    const rows = await readTable('condition');

    expect(rows.map(([condition]) => condition)).to.have.members([
      ...Object.keys(types),
      ...Object.keys(updateTypes),
    ]);
  });
});

function rowOf({ name, environment, fallback, repeatable, only, help }: Flag): readonly string[] {
  const marks = `${repeatable === true ? ' (repeatable)' : ''}${only === undefined ? '' : ` (${only} only)`}`;
  return [`--${name}${marks}`, environment, fallback, help];
}

/** The rows of the table whose first column has this heading; code marks and escapes taken away. */
async function readTable(heading: string): Promise<readonly (readonly string[])[]> {
  const lines = (await readFile(README, 'utf8')).split('\n');
  const start = lines.findIndex((line) => line.startsWith(`| ${heading} `));
  const rest = lines.slice(start + 2);
  const end = rest.findIndex((line) => !line.startsWith('|'));
  return rest.slice(0, end).map(cellsOf);
}

function cellsOf(line: string): readonly string[] {
  return line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim().replaceAll('`', '').replaceAll('\\', ''));
}
