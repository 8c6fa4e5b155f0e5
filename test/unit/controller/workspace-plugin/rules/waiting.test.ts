import { expect } from 'chai';
import { waitOf, windowProblem } from '../../../../../controller/workspace-plugin/rules/waiting.ts';
import {
  approving,
  automatic,
  candidate,
  NOW,
  withStatus,
  withUpdate,
  workspacePlugin,
} from '../../../builders.ts';

const [one, two] = [candidate(1), candidate(2)];
const NIGHTS = [{ schedule: '0 2 * * *', duration: '2h', timeZone: 'UTC' }];

const minutesAgo = (minutes: number): string =>
  new Date(NOW.getTime() - minutes * 60_000).toISOString().replace('.000Z', 'Z');

function seen({ revision, digest, ref }: typeof two, firstSeenTime: string) {
  const available = { revision, short: revision.slice(0, 12), digest, ref, firstSeenTime };
  return withStatus<ReturnType<typeof workspacePlugin>>({ available });
}

describe('waitOf', () => {
  it('makes nothing wait where no rule says so', () => {
    expect(waitOf(workspacePlugin(), two, NOW)).to.equal(undefined);
  });

  it('counts the age from when the revision was first seen, and from now where it never was', () => {
    const object = workspacePlugin(withUpdate({ minimumAge: '1h' }));
    expect(waitOf(object, two, NOW)?.until?.toISOString()).to.equal('2026-05-08T15:15:30.000Z');
    const later = seen(two, minutesAgo(59))(object);
    expect(waitOf(later, two, NOW)).to.deep.equal({
      reason: 'AwaitingAge',
      until: new Date(NOW.getTime() + 60_000),
      message: 'it must have been seen for 1h (spec.update.minimumAge), until 2026-05-08T14:16:30Z',
    });
    expect(waitOf(seen(two, minutesAgo(60))(object), two, NOW)).to.equal(undefined);
  });

  it('counts the age of content: a later revision that holds the same is as old', () => {
    const object = seen(two, minutesAgo(60))(workspacePlugin(withUpdate({ minimumAge: '1h' })));
    expect(waitOf(object, candidate(3, { digest: two.digest }), NOW)).to.equal(undefined);
    expect(waitOf(object, candidate(3), NOW)).to.include({ reason: 'AwaitingAge' });
  });

  it('counts the age of a revision also where its content was not on record', () => {
    const object = workspacePlugin(withUpdate({ minimumAge: '1h' }));
    const { revision, ref } = two;
    const available = { revision, short: revision.slice(0, 12), ref, firstSeenTime: minutesAgo(60) };
    const known = withStatus<ReturnType<typeof workspacePlugin>>({ available })(object);
    expect(waitOf(known, two, NOW)).to.equal(undefined);
  });

  it('says when the next window opens', () => {
    expect(waitOf(workspacePlugin(withUpdate({ windows: NIGHTS })), two, NOW)).to.deep.equal({
      reason: 'AwaitingWindow',
      until: new Date('2026-05-09T02:00:00Z'),
      message: 'the next of spec.update.windows opens at 2026-05-09T02:00:00Z',
    });
  });

  it('lets what is old enough through while a window is open', () => {
    const object = workspacePlugin(withUpdate({ windows: NIGHTS }));
    expect(waitOf(object, two, new Date('2026-05-08T03:59:59Z'))).to.equal(undefined);
  });

  it('waits for the first moment at which both are fulfilled', () => {
    const object = workspacePlugin(withUpdate({ minimumAge: '12h', windows: NIGHTS }));
    expect(waitOf(object, two, NOW)).to.deep.equal({
      reason: 'AwaitingAge',
      until: new Date('2026-05-09T02:15:30Z'),
      message: 'it must have been seen for 12h (spec.update.minimumAge), until 2026-05-09T02:15:30Z',
    });
    const older = seen(two, minutesAgo(60))(object);
    const wait = waitOf(older, two, NOW);
    expect(wait?.until?.toISOString()).to.equal('2026-05-09T02:00:00.000Z');
    expect(wait?.message).to.match(/until 2026-05-09T01:15:30Z; the next .* opens at 2026-05-09T02:00:00Z$/);
  });

  it('says the same at every visit while it waits', () => {
    const object = seen(
      two,
      minutesAgo(5),
    )(workspacePlugin(withUpdate({ minimumAge: '12h', windows: NIGHTS })));
    const later = new Date(NOW.getTime() + 3_600_123);
    expect(waitOf(object, two, later)).to.deep.equal(waitOf(object, two, NOW));
  });

  it('waits for a person where a window is wrong', () => {
    const windows = [{ schedule: '0 2 31 4 *', duration: '2h', timeZone: 'UTC' }];
    const wait = waitOf(workspacePlugin(withUpdate({ windows })), two, NOW);
    expect(wait).to.include({ reason: 'AwaitingWindow', until: undefined });
    expect(wait?.message).to.include('spec.update.windows[0] (0 2 31 4 *) never comes');
  });
});

describe('windowProblem', () => {
  const windows = [{ schedule: '0 2 * * *', duration: '2h', timeZone: 'Europe/Berln' }];

  it('names the window that is wrong, and what to do', () => {
    expect(windowProblem(automatic(workspacePlugin(withUpdate({ windows }))), NOW)).to.equal(
      'spec.update.windows[0] names no known time zone: Europe/Berln: correct it, nothing is installed by itself until then',
    );
  });

  it('is told of a first install, which comes by itself also where updates do not', () => {
    expect(windowProblem(workspacePlugin(withUpdate({ windows })), NOW)).to.be.a('string');
    const manual = withUpdate({ windows, initialInstall: 'Manual' });
    expect(windowProblem(automatic(workspacePlugin(manual)), NOW)).to.equal(undefined);
  });

  it('is none where nothing is installed by itself anyway', () => {
    expect(windowProblem(workspacePlugin(withUpdate({ windows }), approving(one)), NOW)).to.equal(undefined);
  });
});
