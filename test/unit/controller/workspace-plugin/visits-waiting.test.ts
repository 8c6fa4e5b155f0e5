// Visits on a virtual clock that moves to when the controller itself says that it comes back.
import { expect } from 'chai';
import type { Outcome } from '../../../../lib/reconcile/outcome.ts';
import { findCondition } from '../../../../lib/reconcile/conditions.ts';
import {
  automatic,
  candidate,
  look,
  paths,
  rejecting,
  tracking,
  withIntegrity,
  withSource,
  withUpdate,
} from '../../builders.ts';
import { effects, one, setUp, two } from './set-up.ts';

const HOUR_MS = 3_600_000;
const latest = tracking('tag:latest');
/** Looks and polls are rarer than what the tests wait for. */
const seldom = [withIntegrity({ interval: '480h' }), withSource({ interval: '480h' })];

function nights(timeZone: string, schedule = '30 2 * * *') {
  return withUpdate({ windows: [{ schedule, duration: '2h', timeZone }] });
}

/** Moves the clock to the moment that the outcome names. */
function comeBack(world: { now: number }, outcome: Outcome): string {
  if (outcome.kind !== 'Settled' || outcome.requeueAfterMs === undefined) throw new Error(outcome.kind);
  world.now += outcome.requeueAfterMs;
  return new Date(world.now).toISOString();
}

function installed(...modifiers: Parameters<typeof setUp>) {
  const story = setUp(latest, automatic, ...seldom, ...modifiers);
  story.source.refs.set('latest', one);
  return story;
}

describe('a visit with an update that waits', () => {
  for (const [what, timeZone, schedule, start, opens] of [
    ['in the gap', 'Europe/Berlin', '30 2 * * *', '2026-03-28T12:00:00Z', '2026-03-29T01:00:00.000Z'],
    [
      'in the doubled hour',
      'Europe/Berlin',
      '30 2 * * *',
      '2026-10-24T12:00:00Z',
      '2026-10-25T00:30:00.000Z',
    ],
    ['in the gap', 'America/New_York', '30 2 * * *', '2026-03-07T12:00:00Z', '2026-03-08T07:00:00.000Z'],
    [
      'in the doubled hour',
      'America/New_York',
      '30 1 * * *',
      '2026-10-31T12:00:00Z',
      '2026-11-01T05:30:00.000Z',
    ],
    ['in the gap', 'Australia/Lord_Howe', '15 2 * * *', '2026-10-03T12:00:00Z', '2026-10-03T15:30:00.000Z'],
    [
      'in the doubled hour',
      'Australia/Lord_Howe',
      '45 1 * * *',
      '2026-04-04T12:00:00Z',
      '2026-04-04T14:45:00.000Z',
    ],
    ['on any day', 'Asia/Kolkata', '30 2 * * *', '2026-03-28T12:00:00Z', '2026-03-28T21:00:00.000Z'],
  ] as const) {
    it(`installs it when a window opens that starts ${what}, in ${timeZone}`, async () => {
      const { world, source, visit, place, condition } = installed();
      world.now = Date.parse(start);
      await visit();
      const edited = world.edit(nights(timeZone, schedule));
      source.refs.set('latest', two);
      const outcome = await visit();
      expect(edited.spec.update.windows).to.have.length(1);
      expect(condition('Drifted')).to.equal('True AwaitingWindow');
      expect(condition('Ready')).to.equal('True Installed');
      expect(comeBack(world, outcome)).to.equal(opens);
      await visit();
      expect(place.plugin.marker?.revision).to.equal(two.revision);
    });
  }

  it('does not install it when the window has just closed', async () => {
    const { world, source, visit, place } = installed(nights('UTC'));
    world.now = Date.parse('2026-05-08T02:30:00Z');
    await visit();
    source.refs.set('latest', two);
    world.now = Date.parse('2026-05-08T04:30:00Z');
    await visit();
    expect(place.plugin.marker?.revision).to.equal(one.revision);
  });

  it('installs it once it is old enough, exactly then, with one write each for waiting and installing', async () => {
    const { world, source, visit, place, condition, status } = installed();
    await visit();
    world.edit(withUpdate({ minimumAge: '72h' }));
    source.refs.set('latest', two);
    world.kube.calls.length = 0;
    const begin = world.now;
    let outcome = await visit();
    expect(condition('Drifted')).to.equal('True AwaitingAge');
    for (let hours = 1; hours < 72; hours += 10) {
      world.now = begin + hours * HOUR_MS;
      outcome = await visit();
    }
    expect(world.kube.writes).to.have.length(1);
    comeBack(world, outcome);
    expect(world.now - begin).to.equal(72 * HOUR_MS);
    await visit();
    expect(place.plugin.marker?.revision).to.equal(two.revision);
    expect(world.kube.writes).to.have.length(2);
    expect(status().history?.[0]).to.include({ outcome: 'Updated', reason: 'UpstreamChanged' });
  });

  it('counts on after a restart and an outage of the source', async () => {
    const { world, source, visit, restart, place } = installed();
    await visit();
    world.edit(withUpdate({ minimumAge: '2h' }));
    source.refs.set('latest', two);
    await visit();
    world.now += HOUR_MS;
    source.down = true;
    await restart()();
    source.down = false;
    world.now += HOUR_MS;
    await restart()();
    expect(place.plugin.marker?.revision).to.equal(two.revision);
  });

  it('does not start anew because of pushes that leave the plugin as it is', async () => {
    const { world, source, visit, place, status } = installed();
    await visit();
    world.edit(withUpdate({ minimumAge: '2h' }));
    source.refs.set('latest', two);
    await visit();
    const firstSeen = status().available?.firstSeenTime;
    world.now += HOUR_MS;
    const push = candidate(3, { digest: two.digest, ref: two.ref });
    source.has(push);
    source.refs.set('latest', push);
    world.kube.calls.length = 0;
    await visit();
    expect(world.kube.writes).to.deep.equal([]);
    expect(status().available?.firstSeenTime).to.equal(firstSeen);
    world.now += HOUR_MS;
    await visit();
    expect(place.plugin.marker?.digest).to.equal(two.digest);
  });

  it('starts anew for a newer version', async () => {
    const { world, source, visit, status } = installed();
    await visit();
    world.edit(withUpdate({ minimumAge: '2h' }));
    source.refs.set('latest', two);
    await visit();
    world.now += 2 * HOUR_MS - 1_000;
    const three = candidate(3);
    source.has(three);
    source.refs.set('latest', three);
    expect(await visit()).to.deep.equal({ kind: 'Settled', requeueAfterMs: 2 * HOUR_MS });
    expect(status().available).to.include({ revision: three.revision });
  });

  it('repairs files meanwhile', async () => {
    const { world, source, visit, place, condition } = installed();
    await visit();
    world.edit(withUpdate({ minimumAge: '2h' }));
    source.refs.set('latest', two);
    place.plugin = { ...place.plugin, tampered: paths('rules/a.md') };
    await visit();
    expect(effects(place.calls).at(-1)).to.equal('install 1.1.0 CarryOver');
    expect(condition('Ready')).to.equal('True Installed');
  });

  it('installs at once what a person names in the spec', async () => {
    const { world, source, visit, place } = installed();
    await visit();
    world.edit(withUpdate({ minimumAge: '72h', windows: [] }), nights('UTC'));
    source.refs.set('latest', two);
    await visit();
    world.edit(tracking('tag:latest', `sha:${two.revision}`));
    await visit();
    expect(place.plugin.marker?.revision).to.equal(two.revision);
  });

  it('does not come back for what was rejected', async () => {
    const { world, source, visit, condition } = installed();
    await visit();
    world.edit(nights('UTC'), rejecting(two));
    source.refs.set('latest', two);
    const outcome = await visit();
    expect(condition('Drifted')).to.equal('True Rejected');
    expect(outcome)
      .to.have.property('requeueAfterMs')
      .greaterThan(400 * HOUR_MS);
  });

  it('says which window is wrong, and installs nothing by itself', async () => {
    const { world, source, visit, place, condition, status } = installed();
    await visit();
    world.edit(nights('Europe/Berln'));
    await visit();
    expect(condition('Stalled')).to.equal('True InvalidWindow');
    expect(condition('Ready')).to.equal('True Installed');
    source.refs.set('latest', two);
    await visit();
    expect(place.plugin.marker?.revision).to.equal(one.revision);
    expect(findCondition(status().conditions ?? [], 'Stalled')?.message).to.include('Europe/Berln');
    world.edit(nights('Europe/Berlin', '0 * * * *'));
    await visit();
    expect(condition('Stalled')).to.equal('False NotStalled');
    expect(place.plugin.marker?.revision).to.equal(two.revision);
  });
});

describe('a visit with a first install that waits', () => {
  it('tells until when, and installs then', async () => {
    const { world, source, visit, place, condition, status } = setUp(
      latest,
      ...seldom,
      withUpdate({ minimumAge: '1h' }),
    );
    source.refs.set('latest', one);
    const outcome = await visit();
    expect(condition('Applied')).to.equal('False AwaitingAge');
    expect(condition('Ready')).to.equal('False AwaitingAge');
    expect(status().available).to.include({ revision: one.revision, firstSeenTime: '2026-05-08T14:15:30Z' });
    expect(effects(place.calls)).to.deep.equal([]);
    expect(comeBack(world, outcome)).to.equal('2026-05-08T15:15:30.000Z');
    await visit();
    expect(condition('Ready')).to.equal('True Installed');
  });

  it('waits for a window, too, where the spec names a version', async () => {
    const { world, visit, condition } = setUp(...seldom, nights('UTC'));
    const outcome = await visit();
    expect(condition('Applied')).to.equal('False AwaitingWindow');
    expect(comeBack(world, outcome)).to.equal('2026-05-09T02:30:00.000Z');
    await visit();
    expect(condition('Applied')).to.equal('True Installed');
  });

  it('takes over at once what is in the workspace already', async () => {
    const { visit, place, condition } = setUp(nights('UTC'));
    place.plugin = look(one);
    await visit();
    expect(condition('Applied')).to.equal('True Installed');
    expect(effects(place.calls)).to.deep.equal([]);
  });

  it('is left to a person where initialInstall is Manual', async () => {
    const { visit, place, condition } = setUp(withUpdate({ initialInstall: 'Manual' }));
    await visit();
    expect(condition('Applied')).to.equal('False AwaitingApproval');
    expect(effects(place.calls)).to.deep.equal([]);
  });
});
