import { expect } from 'chai';
import type { Bed } from '../../faults/bed.ts';
import { STORIES } from '../../faults/stories.ts';
import { tryCase } from '../../faults/try-case.ts';

describe('a case that cannot be run', () => {
  it('is a finding, and stops no other', async () => {
    const bed = { namespace: async () => Promise.reject(new Error('no namespace was made')) };
    const [story] = STORIES;
    if (story === undefined) throw new Error('there is no story');
    const one = {
      row: 0,
      place: 'directory',
      story,
      faults: [],
      expected: undefined,
      mutations: undefined,
    } as const;
    const { findings } = await tryCase(bed as unknown as Bed, one);
    expect(findings).to.deep.equal([
      { oracle: 'Harness', message: 'the case broke off: no namespace was made' },
    ]);
  });
});
