// Stories of visits after something has failed: what a person approves then is done, and how far it is is told truly.
import { expect } from 'chai';
import { PLUGIN_UPDATE } from '../../../../controller/api/group.ts';
import { TransientError } from '../../../../lib/errors.ts';
import { automatic, holding, reporting, tracking } from '../../builders.ts';
import { BAD, CHECKED } from './trial.ts';
import { drifted, one, outcomes, setUp, three, two } from './updates-set-up.ts';

type Stage = ReturnType<typeof setUp>;

const said = ({ status }: Stage, type: string) =>
  status().conditions?.find((condition) => condition.type === type)?.message;
const told = ({ all }: Stage) =>
  all().map(({ status }) => status?.conditions?.find(({ type }) => type === 'Ready')?.message);
const live = ({ place }: Stage) => place.plugin.marker?.revision;

/** The first is approved; what is tried next fails. */
async function failing(...modifiers: Parameters<typeof setUp>): Promise<Stage> {
  const stage = setUp(CHECKED, ...modifiers);
  await stage.settle();
  stage.place.verdicts.set('HealthCheck', BAD);
  return stage;
}

/** The second was approved, has failed, and stays by `onFailure: Hold`; it would pass now. */
async function held(): Promise<Stage> {
  const stage = await failing(holding);
  await stage.offer(two);
  stage.decide(two, 'Approved');
  await stage.settle();
  await stage.settle();
  stage.place.verdicts.clear();
  return stage;
}

/** A person named the second, which has failed and was rolled back; what comes next would pass. */
async function rolledBack(stage: Stage): Promise<void> {
  stage.edit(tracking('tag:latest', 'v1.2.0'));
  await stage.settle();
  await stage.settle();
  await stage.settle();
  stage.place.verdicts.clear();
  expect(live(stage)).to.equal(one.revision);
}

describe('visits while what has failed is held', () => {
  it('ask about what is newer, and name that among the ways on', async () => {
    const stage = await held();
    expect(said(stage, 'Stalled')).to.match(/by spec\.update\.onFailure Hold; name another revision/);
    await stage.offer(three);
    await stage.settle();
    const { pendingUpdateRef } = stage.status();
    const ways = `Hold; approve PluginUpdate ${pendingUpdateRef?.name ?? '?'}, name another revision`;
    expect(said(stage, 'Stalled')).to.include(ways);
    expect(said(stage, 'Ready')).to.include(ways);
    expect(live(stage)).to.equal(two.revision);
  });

  it('install what is newer once a person approves it', async () => {
    const stage = await held();
    await stage.offer(three);
    stage.decide(three, 'Approved');
    await stage.settle();
    expect(live(stage)).to.equal(three.revision);
    expect(stage.status().approved?.revision).to.equal(three.revision);
    expect(stage.phases()).to.deep.equal(['v1.2.0 Failed', 'v1.3.0 Applied']);
    expect(outcomes(stage.status())[0]).to.equal('Updated UpdateApproved');
  });

  it('install nothing newer by themselves', async () => {
    const stage = await failing(holding, automatic);
    await stage.offer(two);
    stage.place.verdicts.clear();
    await stage.offer(three);
    await stage.settle();
    expect(live(stage)).to.equal(two.revision);
  });
});

describe('visits after an edit of the spec has failed', () => {
  it('install what was asked before and is approved now, which answers the spec', async () => {
    const stage = await failing();
    await stage.offer(three);
    await rolledBack(stage);
    expect(stage.phases()).to.deep.equal(['v1.3.0 Pending']);
    expect(said(stage, 'Stalled')).to.include(
      `approve PluginUpdate ${stage.status().pendingUpdateRef?.name ?? '?'}`,
    );
    stage.decide(three, 'Approved');
    await stage.settle();
    expect(live(stage)).to.equal(three.revision);
    expect(stage.status().approved).to.include({ revision: three.revision, ref: 'v1.2.0' });
    expect(stage.phases()).to.deep.equal(['v1.3.0 Applied']);
    expect(drifted(stage.status())).to.equal('False UpToDate');
    expect(stage.status().conditions?.find(({ type }) => type === 'Stalled')?.status).to.equal('False');
  });

  it('ask about what is newer, as before the edit', async () => {
    const stage = await failing();
    await rolledBack(stage);
    await stage.offer(three);
    await stage.settle();
    expect(stage.phases()).to.deep.equal(['v1.3.0 Pending']);
    await stage.offer(two);
    await stage.settle();
    expect(stage.phases()).to.deep.equal(['v1.3.0 Superseded']);
    expect(drifted(stage.status()), 'what the spec names has failed').to.equal('True Rejected');
  });

  it('go on at once to what was approved before it failed', async () => {
    const stage = await failing();
    await stage.offer(three);
    stage.edit(tracking('tag:latest', 'v1.2.0'));
    stage.decide(three, 'Approved');
    expect(await stage.visit()).to.deep.include({ requeueAfterMs: 0 });
    expect(stage.status().rejected?.[0]?.revision).to.equal(two.revision);
    stage.place.verdicts.clear();
    expect(await stage.visit()).to.deep.include({ requeueAfterMs: 0 });
    await stage.settle();
    expect(live(stage)).to.equal(three.revision);
    expect(stage.phases()).to.deep.equal(['v1.3.0 Applied']);
  });

  it('install nothing by themselves', async () => {
    const stage = await failing(automatic);
    await rolledBack(stage);
    await stage.offer(three);
    await stage.settle();
    expect(live(stage)).to.equal(one.revision);
  });
});

describe('visits while an edit of the spec cannot be done', () => {
  const asked = async () => {
    const stage = await failing();
    await stage.offer(three);
    stage.edit(tracking('tag:latest', 'v9.0.0'));
    stage.decide(three, 'Approved');
    return stage;
  };

  it('tell an approval that it waits for what the spec asks, and why', async () => {
    const stage = await asked();
    await stage.settle();
    expect(live(stage)).to.equal(one.revision);
    expect(told(stage)[0]).to.match(
      /^approved by jane; v1\.3\.0 .* waits for what the spec asks for: the repository has no v9\.0\.0$/,
    );
  });

  it('tell an approval that it waits for a source that is down', async () => {
    const stage = await asked();
    const down = () => Promise.reject(new TransientError('FetchFailed', 'the server does not answer'));
    stage.world.source.resolve = down;
    await stage.settle();
    expect(told(stage)).to.deep.equal(['approved by jane; waits for its source: the server does not answer']);
  });
});

describe('visits that find an update on trial', () => {
  /** What was approved is in place, and its check could not be run yet. */
  const tried = async (...modifiers: Parameters<typeof setUp>) => {
    const stage = setUp(CHECKED, ...modifiers);
    await stage.settle();
    await stage.offer(two);
    stage.decide(two, 'Approved');
    stage.place.failures.set('HealthCheck', new TransientError('WorkspaceUnreachable', 'it is away'));
    await stage.settle();
    expect(live(stage)).to.equal(two.revision);
    stage.place.failures.clear();
    return stage;
  };
  const withdraw = ({ world, all }: Stage): void => {
    for (const { metadata } of all()) world.kube.remove(PLUGIN_UPDATE, metadata);
  };

  it('take it back as withdrawn, not as tampered with, once its PluginUpdate is deleted', async () => {
    for (const stage of [await tried(), await tried(reporting)]) {
      withdraw(stage);
      await stage.settle();
      expect(live(stage)).to.equal(one.revision);
      expect(outcomes(stage.status())[0]).to.equal('RolledBack UpdateWithdrawn');
      expect(stage.place.calls.at(-1)).to.equal('restore 1.1.0');
      expect(stage.status().rejected).to.equal(undefined);
      await stage.settle();
      expect(stage.phases(), 'is asked again').to.deep.equal(['v1.2.0 Pending']);
    }
  });

  it('take nothing back under Report while nobody can say what is wanted', async () => {
    const stage = await tried(reporting);
    withdraw(stage);
    stage.world.source.down = true;
    await stage.settle();
    expect(live(stage)).to.equal(two.revision);
  });
});
