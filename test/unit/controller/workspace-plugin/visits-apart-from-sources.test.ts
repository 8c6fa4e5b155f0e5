// Visits while the source takes connections and says nothing: what was approved is put back all the same.
import { expect } from 'chai';
import { REPAIR_WAITS_MS, Unhurried } from '../../../../controller/workspace-plugin/unhurried.ts';
import { ManualClock, settle } from '../../../support/manual-clock.ts';
import { look, paths, reporting, requested, tracking } from '../../builders.ts';
import { effects, one, setUp, two } from './set-up.ts';

const CONDITIONS = ['Ready', 'Intact', 'Drifted', 'SourceReady', 'Reconciling', 'Stalled'];

/** The first is installed, and the second has come out, about which a person is asked. */
async function tracked(...modifiers: Parameters<typeof setUp>) {
  const story = setUp(tracking('tag:latest'), ...modifiers);
  story.source.refs.set('latest', one);
  await story.visit();
  story.source.refs.set('latest', two);
  await story.visit();
  await story.visit();
  story.source.isSilent = true;
  story.place.calls.length = 0;
  const writesBefore = story.world.kube.writes.length;
  const said = () => CONDITIONS.map((type) => `${type} ${story.condition(type) ?? ''}`);
  return { ...story, said, before: said(), writes: () => story.world.kube.writes.length - writesBefore };
}

type Story = Awaited<ReturnType<typeof tracked>>;

function tamper({ place }: Story): void {
  place.plugin = { ...place.plugin, tampered: paths('rules/style.md') };
}

describe('a visit while the source is silent', () => {
  it('repairs, says of the source what was known, and comes back at once', async () => {
    const story = await tracked();
    const { available, pendingUpdateRef } = story.status();
    tamper(story);

    const outcome = await story.visit();

    expect(effects(story.place.calls)).to.deep.equal(['install 1.1.0 CarryOver']);
    expect(outcome).to.deep.equal({ kind: 'Settled', requeueAfterMs: 0 });
    expect(story.said()).to.deep.equal(story.before);
    expect(story.before).to.include('Drifted True AwaitingApproval');
    expect(story.status()).to.deep.include({ available, pendingUpdateRef });
    expect(story.writes()).to.equal(1);
  });

  it('lets its question go on, until the term is over', async () => {
    const story = await tracked();
    tamper(story);
    const asked = story.source.resolves.length;
    await story.visit();
    const { signal } = story.source.resolves[asked] ?? expect.fail('the source was not asked');

    expect(signal.aborted).to.equal(false);
    story.world.unhurried.close();
    expect(signal.aborted).to.equal(true);
  });

  it('answers a request for a look only once the source has been heard', async () => {
    const story = await tracked();
    story.world.edit(requested('now'));
    tamper(story);
    await story.visit();
    expect(story.status().lastHandledReconcileAt).to.equal(undefined);

    story.source.answer();
    await story.visit();

    expect(story.status().lastHandledReconcileAt).to.equal('now');
  });

  for (const [what, change] of [
    ['all is as approved', () => undefined],
    [
      'another revision is there as a whole, as after an update whose record was lost',
      ({ place }: Story) => {
        place.plugin = look(two);
      },
    ],
  ] as const) {
    it(`waits where ${what}`, async () => {
      const story = await tracked();
      change(story);
      let isOver = false;
      const visit = story.visit().finally(() => {
        isOver = true;
      });
      for (let turn = 0; turn < 20; turn += 1) await settle();
      expect(isOver).to.equal(false);

      story.source.answer();
      await visit;
    });
  }

  it('waits where nothing is to be repaired by itself', async () => {
    const story = await tracked(reporting);
    tamper(story);
    const visit = story.visit();
    for (let turn = 0; turn < 20; turn += 1) await settle();
    expect(story.writes()).to.equal(0);

    story.source.answer();
    await visit;
    expect(story.condition('Intact')).to.equal('False FilesChanged');
  });
});

describe('what a repair waits for', () => {
  const never = () => new Promise<string>(() => undefined);
  const signal = new AbortController().signal;

  it('is an answer that comes within a second', async () => {
    const clock = new ManualClock();
    const late = clock.sleep(REPAIR_WAITS_MS - 1).then(() => 'heard');
    const answer = new Unhurried(clock).answer(
      () => late,
      () => Promise.resolve(true),
      signal,
    );
    await clock.advance(REPAIR_WAITS_MS);

    expect(await answer).to.equal('heard');
    expect(clock.sleeping).to.equal(0);
  });

  it('is none that takes longer', async () => {
    const clock = new ManualClock();
    const answer = new Unhurried(clock).answer(never, () => Promise.resolve(true), signal);
    await clock.advance(REPAIR_WAITS_MS);

    expect(await answer).to.equal(undefined);
  });

  it('ends with its visit where nothing is urgent', async () => {
    const clock = new ManualClock();
    const visit = new AbortController();
    const asked: AbortSignal[] = [];
    const ask = (asking: AbortSignal) => {
      asked.push(asking);
      return never();
    };
    void new Unhurried(clock).answer(ask, () => Promise.resolve(false), visit.signal);
    await clock.advance(REPAIR_WAITS_MS);
    visit.abort(new Error('cut off'));

    expect(asked.map(({ aborted }) => aborted)).to.deep.equal([true]);
    expect(clock.sleeping).to.equal(0);
  });
});
