// Each outcome and each error of a visit has its consequence in the queue, and no visit runs for ever unseen.
import { expect } from 'chai';
import { PermanentError, TransientError } from '../../../lib/errors.ts';
import { silentLogger } from '../../../lib/logger.ts';
import { Controller } from '../../../lib/reconcile/controller.ts';
import { Metrics } from '../../../lib/reconcile/metrics.ts';
import { gone, stalled, type Outcome } from '../../../lib/reconcile/outcome.ts';
import { WorkQueue } from '../../../lib/reconcile/queue.ts';
import { ManualClock, settle } from '../../support/manual-clock.ts';

type Visit = (signal: AbortSignal) => Outcome | Promise<Outcome>;

describe('Controller', () => {
  let clock: ManualClock;
  let queue: WorkQueue;
  let metrics: Metrics;
  let controller: Controller;
  let visit: Visit;
  let visits: number[];
  let abort: AbortController;
  let running: Promise<void>;

  beforeEach(() => {
    clock = new ManualClock();
    const begun = clock.now().getTime();
    metrics = new Metrics();
    queue = new WorkQueue({ clock, observer: metrics.queue('widget'), random: () => 0.999_999 });
    visits = [];
    const reconciler = {
      name: 'widget',
      reconcile: async (_: unknown, signal: AbortSignal) => {
        visits.push(clock.now().getTime() - begun);
        return visit(signal);
      },
    };
    controller = new Controller({
      reconciler,
      queue,
      clock,
      logger: silentLogger,
      metrics,
      concurrency: 3,
    });
    abort = new AbortController();
    running = controller.run(abort.signal);
  });

  afterEach(async () => {
    abort.abort(new Error('The test is over.'));
    queue.shutDown();
    await running;
    expect(clock.sleeping).to.equal(0);
  });

  const countOf = async (name: string, labels: string): Promise<number> => {
    const { text } = await metrics.expose();
    const line = text.split('\n').find((candidate) => candidate.startsWith(`${name}{${labels}}`));
    return Number(line?.split(' ').at(-1));
  };

  const consequences: readonly [string, Visit, readonly number[]][] = [
    ['visits a settled object again when it asked for it', () => settled(60_000), [0, 60_000]],
    ['leaves a settled object alone that asked for nothing', () => settled(undefined), [0]],
    ['visits again when a retry is due', () => ({ kind: 'Retry', afterMs: 45_000 }), [0, 45_000, 90_000]],
    ['leaves a stalled object alone', () => stalled, [0]],
    ['leaves alone what is gone', () => gone, [0]],
    ['backs off from an error that may pass', fail(transient()), [0, 100, 300, 700, 1_500, 3_100, 6_300]],
    ['waits as long as the server asks', fail(transient(50_000)), [0, 50_000, 100_000]],
    [
      'repeats seldom what the server refuses',
      fail(new PermanentError('Forbidden', 'No.')),
      [0, 30_000, 60_000],
    ],
    [
      'looks again soon when the object was deleted during the visit',
      fail(new PermanentError('NotFound', 'Gone.')),
      [0, 100, 300],
    ],
    [
      'backs off from an unexpected error',
      fail(new TypeError('oops')),
      [0, 100, 300, 700, 1_500, 3_100, 6_300],
    ],
  ];
  for (const [behaviour, result, expected] of consequences) {
    it(behaviour, async () => {
      visit = result;
      queue.add('default/a');

      await clock.advance((expected.at(-1) ?? 0) + (expected.length === 1 ? 3_600_000 : 0));

      expect(visits).to.deep.equal(expected);
    });
  }

  it('starts its back-off anew after a visit that went well', async () => {
    const results: Visit[] = [fail(transient()), fail(transient()), () => settled(1_000), fail(transient())];
    visit = (signal) => (results.shift() ?? (() => stalled))(signal);
    queue.add('default/a');

    await clock.advance(10_000);

    expect(visits).to.deep.equal([0, 100, 300, 1_300, 1_400]);
  });

  it('visits as many objects at once as it may, and never one twice at once', async () => {
    const release = Promise.withResolvers<undefined>();
    let most = 0;
    visit = async () => {
      most = Math.max(most, controller.visiting.length);
      await release.promise;
      return stalled;
    };
    for (const key of ['a/a', 'a/b', 'a/c', 'a/d', 'a/a']) queue.add(key);
    await settle();
    queue.add('a/a');
    await settle();

    expect(controller.visiting).to.deep.equal(['a/a', 'a/b', 'a/c']);
    release.resolve(undefined);
    await settle();
    expect(visits).to.have.length(5);
    expect(most).to.equal(3);
  });

  it('cuts off a visit that takes too long, and tries again', async () => {
    visit = (signal) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          reject(signal.reason as Error);
        });
      });
    queue.add('default/a');

    await clock.advance(31 * 60_000);

    expect(visits.length).to.equal(2);
    expect(controller.healthy).to.equal(true);
  });

  it('is not healthy while a visit hangs that was cut off', async () => {
    const hanging = Promise.withResolvers<Outcome>();
    visit = () => hanging.promise;
    queue.add('default/a');

    await clock.advance(32 * 60_000);

    expect(controller.healthy).to.equal(false);
    hanging.resolve(stalled);
    await settle();
    expect(controller.healthy).to.equal(true);
  });

  it('tells how long visits under way have taken, all together and the longest', async () => {
    const hanging = Promise.withResolvers<Outcome>();
    visit = () => hanging.promise;
    queue.add('default/a');
    await clock.advance(5_000);
    queue.add('default/b');
    await clock.advance(2_000);
    const ages = async () => [
      await countOf('workqueue_unfinished_work_seconds', 'name="widget",controller="widget"'),
      await countOf('workqueue_longest_running_processor_seconds', 'name="widget",controller="widget"'),
    ];
    expect(await ages()).to.deep.equal([9, 7]);

    hanging.resolve(stalled);
    await settle();

    expect(await ages()).to.deep.equal([0, 0]);
  });

  it('counts apart what was no failure foreseen, and what waits for somebody', async () => {
    const counts = async () => [
      await countOf('controller_runtime_reconcile_panics_total', 'controller="widget"'),
      await countOf('controller_runtime_terminal_reconcile_errors_total', 'controller="widget"'),
    ];
    expect(await counts()).to.deep.equal([0, 0]);
    const results: Visit[] = [fail(transient()), fail(new TypeError('oops')), () => stalled];
    visit = (signal) => (results.shift() ?? (() => gone))(signal);
    queue.add('default/a');
    await clock.advance(60_000);

    expect(await counts()).to.deep.equal([1, 1]);
  });

  it('counts visits by their result', async () => {
    const results: Visit[] = [() => settled(undefined), () => settled(1), fail(transient()), () => stalled];
    visit = (signal) => (results.shift() ?? (() => gone))(signal);
    queue.add('default/a');
    await settle();
    queue.add('default/a');
    await clock.advance(1_000);

    const total = 'controller_runtime_reconcile_total';
    expect(await countOf(total, 'controller="widget",result="success"')).to.equal(2);
    expect(await countOf(total, 'controller="widget",result="requeue_after"')).to.equal(1);
    expect(await countOf(total, 'controller="widget",result="error"')).to.equal(1);
    expect(await countOf('controller_runtime_reconcile_errors_total', 'controller="widget"')).to.equal(1);
    expect(await countOf('controller_runtime_active_workers', 'controller="widget"')).to.equal(0);
    expect(await countOf('controller_runtime_max_concurrent_reconciles', 'controller="widget"')).to.equal(3);
    expect(await countOf('workqueue_retries_total', 'name="widget",controller="widget"')).to.equal(1);
    expect(await countOf('workqueue_depth', 'name="widget",controller="widget"')).to.equal(0);
  });
});

function settled(requeueAfterMs: number | undefined): Outcome {
  return { kind: 'Settled', requeueAfterMs };
}

function transient(retryAfterMs?: number): TransientError {
  return new TransientError('APIUnavailable', 'Busy.', retryAfterMs === undefined ? {} : { retryAfterMs });
}

function fail(error: Error): Visit {
  return () => {
    throw error;
  };
}
