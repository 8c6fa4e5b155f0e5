// The end of all stories: every reason that is documented was said by the API server, and none that is not.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { reasons } from '../../../controller/api/reasons.ts';
import { vocabulary } from './vocabulary.ts';

const README = join(import.meta.dirname, '..', '..', '..', 'README.md');

/** Of a reason, the conditions that the README's table says it is said by. */
async function documentedConditions(): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const rows = (await readFile(README, 'utf8')).matchAll(/^\| `([A-Z]\w+)` +\| ([^|]+?) +\|/gm);
  const words = [...rows].map(([, reason = '', said = '']) => {
    return [reason, new Set(said.replace(/ \(Workspace\)| of a PluginUpdate/, '').split(', '))] as const;
  });
  return new Map(words.filter(([reason]) => Object.hasOwn(reasons, reason)));
}

// Its name puts this file behind all others here: it has heard nothing when it is run alone.
describe('the vocabulary of all stories', () => {
  it('holds every documented reason', () => {
    const heard = new Set(vocabulary().map((line) => line.split(' ')[3]));
    expect(Object.keys(reasons).filter((reason) => !heard.has(reason))).to.deep.equal([]);
  });

  it('holds no reason of a condition that the README does not name', async () => {
    const documented = await documentedConditions();
    const undocumented = vocabulary().filter((line) => {
      const [, type = '', , reason = ''] = line.split(' ');
      const said = documented.get(reason);
      return said?.has('all') !== true && said?.has(type) !== true;
    });
    expect(undocumented).to.deep.equal([]);
  });
});
