// When a case has started its agent too seldom, or too often.
import { expect } from 'chai';
import type { Disturbance } from '../../faults/boundaries.ts';
import type { Case } from '../../faults/case.ts';
import type { PlaceKind } from '../../faults/place.ts';
import { wrongRestarts } from '../../faults/restarts.ts';
import { STORIES } from '../../faults/stories.ts';

const KILLED_AFTER: Disturbance = { kind: 'KillAfter' };

function hurt(place: PlaceKind, name: string, disturbance: Disturbance): Case {
  const [story] = STORIES;
  if (story === undefined) throw new Error('there is no story');
  const faults = [{ name, occurrence: 1, disturbance }];
  return { ...{ row: 1, place, story, faults, restarts: 2 }, expected: '', mutations: undefined };
}

function allowed(one: Case): readonly number[] {
  return [0, 1, 2, 3, 4].filter((found) => wrongRestarts(one, found) === undefined);
}

describe('the restarts of a case', () => {
  it('are as many as without a disturbance', () => {
    expect(allowed(hurt('directory', 'runtime.run install', KILLED_AFTER))).to.deep.equal([2]);
    expect(allowed(hurt('directory', 'runtime.restart', { kind: 'KillBefore' }))).to.deep.equal([2]);
    expect(allowed(hurt('busybox', 'runtime.restart', KILLED_AFTER))).to.deep.equal([2]);
    expect(allowed(hurt('busybox', 'runtime.run record', KILLED_AFTER))).to.deep.equal([2]);
  });

  it('are one more at most where it fell between a signal and the record of it', () => {
    expect(allowed(hurt('directory', 'runtime.restart', KILLED_AFTER))).to.deep.equal([2, 3]);
    expect(allowed(hurt('directory', 'runtime.run record', { kind: 'KillBefore' }))).to.deep.equal([2, 3]);
  });

  it('are one more at most where a leader of before was stopped right before', () => {
    const stopped = { kind: 'Stop', moment: 'Before' } as const;
    expect(allowed(hurt('debian', 'runtime.restart', stopped))).to.deep.equal([2, 3]);
    expect(allowed(hurt('debian', 'runtime.run record', stopped))).to.deep.equal([2]);
  });

  it('are one less at least where the container was made again meanwhile, and not compared where its object was', () => {
    const held = { kind: 'Hold', moment: 'After' } as const;
    expect(allowed(hurt('debian', 'runtime.probe', { ...held, deed: 'Lose' }))).to.deep.equal([1, 2]);
    expect(allowed(hurt('debian', 'runtime.probe', { ...held, deed: 'Delete' }))).to.have.length(5);
  });
});
