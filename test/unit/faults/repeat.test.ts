import { expect } from 'chai';
import type { Fault } from '../../faults/boundaries.ts';
import { formatCase, parseCase } from '../../faults/repeat.ts';
import { STORIES } from '../../faults/stories.ts';

describe('a case as text', () => {
  const [story] = STORIES;
  const faults: readonly Fault[] = [
    { name: 'runtime.run install', occurrence: 1, disturbance: { kind: 'KillInTransfer', share: 0.37 } },
    { name: 'kube.list workspaces', occurrence: 2, disturbance: { kind: 'KillBefore' } },
  ];

  it('is the same case again, whatever was random in it', () => {
    if (story === undefined) throw new Error('there is no story');
    const one = {
      row: 3,
      place: 'busybox',
      story,
      faults,
      expected: 'a world',
      mutations: undefined,
    } as const;
    expect(parseCase(formatCase(one))).to.deep.equal({ row: 3, place: 'busybox', story, faults });
  });

  it('is refused when it speaks of what is not there', () => {
    expect(() => parseCase('{"row":1,"place":"moon","story":"install","faults":[]}')).to.throw(
      '--case takes',
    );
  });
});
