import { expect } from 'chai';
import { lookMaxAgeMs, nextVisitMs, pollMaxAgeMs } from '../../../../controller/workspace-plugin/schedule.ts';
import {
  NOW,
  candidate,
  look,
  observed,
  ok,
  reached,
  tracking,
  withIntegrity,
  withMetadata,
  withSource,
  workspacePlugin,
} from '../../builders.ts';

describe('schedule', () => {
  it('spreads repositories over ten percent around the interval', () => {
    const ages = Array.from({ length: 200 }, (_, index) =>
      pollMaxAgeMs(workspacePlugin(withSource({ url: `github://acme/plugin${index}#v1` }))),
    );
    expect(Math.min(...ages)).to.be.within(3_240_000, 3_400_000);
    expect(Math.max(...ages)).to.be.within(3_800_000, 3_960_000);
  });

  it('asks at the same moment for all that follow one repository, whatever their refs and paths', () => {
    const one = workspacePlugin(tracking('tag:latest'), withSource({ path: 'a' }));
    const two = workspacePlugin(withMetadata({ name: 'two' }), tracking('branch:main', 'v1'));
    expect(pollMaxAgeMs(one)).to.equal(pollMaxAgeMs(two));
  });

  it('takes a look that is a little younger than the interval, so that one serves all plugins of a workspace', () => {
    expect(lookMaxAgeMs(workspacePlugin(withIntegrity({ interval: '10m' })))).to.equal(570_000);
  });

  it('is due when the look or the answer from upstream has come of age, whichever is first', () => {
    const object = workspacePlugin(tracking('tag:latest'));
    const later = new Date(NOW.getTime() + 400_000);
    expect(nextVisitMs(observed(object, { place: reached(look()) }), later)).to.equal(200_000);
    const time = new Date(NOW.getTime() - pollMaxAgeMs(object) + 60_000);
    const upstream = ok(candidate(1, { time }));
    expect(nextVisitMs(observed(object, { place: reached(look()), upstream }), NOW)).to.equal(60_000);
  });

  it('never spins on what is overdue', () => {
    const upstream = ok(candidate(1, { time: new Date(0) }));
    expect(nextVisitMs(observed(workspacePlugin(tracking('tag:latest')), { upstream }), NOW)).to.equal(10);
  });
});
