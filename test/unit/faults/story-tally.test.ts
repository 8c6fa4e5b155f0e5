import { expect } from 'chai';
import { PLACES } from '../../faults/place.ts';
import { STORIES } from '../../faults/stories.ts';
import { STORY_ROWS } from '../../faults/story-rows.ts';
import { tallyStories } from '../../faults/story-tally.ts';

describe('the goals of rows that are stories', () => {
  const all = {
    all: true,
    cases: undefined,
    only: '',
    places: PLACES,
    stories: STORIES,
    rows: STORY_ROWS,
    seed: 1,
  };

  it('are missed by a run of all of it that has fewer cases', () => {
    const failures = tallyStories([], all).flatMap((tally) => tally.failures);
    expect(failures).to.have.length(STORY_ROWS.length);
    expect(failures[0]).to.equal('row 1 | 0 cases of 500: npm run test:faults -- --row=1 --seed=1');
  });

  it('are no matter to a run of some of it', () => {
    const some = [
      { all: false },
      { cases: 3 },
      { only: 'x' },
      { places: PLACES.slice(1) },
      { stories: STORIES.slice(1) },
    ];
    for (const less of some) expect(tallyStories([], { ...all, ...less })).to.deep.equal([]);
  });
});
