// At a start with many objects what somebody changes is visited next, and what is due anyway in its turn.
import { expect } from 'chai';
import type { KubeObject, ObjectName, Resource } from '../../../lib/kube/kube.ts';
import { silentLogger } from '../../../lib/logger.ts';
import { alone } from '../../../lib/reconcile/leadership.ts';
import { Manager } from '../../../lib/reconcile/manager.ts';
import { Metrics } from '../../../lib/reconcile/metrics.ts';
import { stalled, type Outcome } from '../../../lib/reconcile/outcome.ts';
import { FakeKube } from '../../contract/fake-kube.ts';
import { WIDGET } from '../../contract/kube-client.ts';
import { ManualClock, settle } from '../../support/manual-clock.ts';

interface Box extends KubeObject {
  readonly spec: { readonly widget: string };
}

const BOX: Resource<Box> = { group: 'tests.example.com', version: 'v1', plural: 'boxes', kind: 'Box' };
const WORKERS = 4;

describe('Manager, at a start with 10,000 objects', () => {
  let kube: FakeKube;
  let visits: string[];
  let underWay: (() => void)[];
  let enqueue: (name: ObjectName) => void;
  let stop: AbortController;
  let clock: ManualClock;
  let running: Promise<void>;
  let manager: Manager;

  beforeEach(async () => {
    clock = new ManualClock();
    kube = new FakeKube(clock);
    [visits, underWay, stop] = [[], [], new AbortController()];
    for (let index = 0; index < 10_000; index += 1) putWidget(`old-${index}`);
    putBox({ widget: 'old-9000' });
    manager = new Manager({
      ...{ client: kube, clock, logger: silentLogger, metrics: new Metrics(), concurrency: WORKERS },
      ...{ leadership: alone(clock.now()), namespaces: [] },
    });
    ({ enqueue } = manager.register({
      reconciler: { name: 'widget', reconcile: ({ name }) => visit(name) },
      resource: WIDGET,
      watches: [{ resource: BOX, includeStatus: true, toNames: (box) => [nameOf(box.spec.widget)] }],
    }));
    running = manager.run(stop.signal);
    await settle();
    expect(visits).to.have.length(WORKERS);
  });

  afterEach(async () => {
    stop.abort();
    await finish(WORKERS);
    await running;
  });

  const nameOf = (name: string) => ({ namespace: 'default', name });
  const putWidget = (name: string): void => {
    kube.put(WIDGET, { metadata: nameOf(name), spec: { size: 1 } });
  };
  const putBox = (spec: object, status?: object): void => {
    kube.put(BOX, { metadata: nameOf('box'), spec, status });
  };
  const visit = (name: string): Promise<Outcome> => {
    visits.push(name);
    return new Promise((resolve) => {
      underWay.push(() => {
        resolve(stalled);
      });
    });
  };
  /** Ends visits one by one, and lets what follows happen. */
  const finish = async (count: number): Promise<void> => {
    for (let ended = 0; ended < count; ended += 1) {
      underWay.shift()?.();
      await settle();
    }
  };

  it('visits next what is created, and goes on with the others', async () => {
    putWidget('new');
    await settle();
    await finish(2);

    expect(visits[WORKERS]).to.equal('new');
    expect(visits.at(-1)).to.match(/^old-/);
  });

  it('visits next what an object refers to that is edited', async () => {
    putBox({ widget: 'old-9000', colour: 'red' });
    await settle();
    await finish(1);

    expect(visits.at(-1)).to.equal('old-9000');
  });

  it('visits in its turn what it is asked to, and what an object refers to whose status changes', async () => {
    putBox({ widget: 'old-9000' }, { full: true });
    enqueue(nameOf('old-9001'));
    await settle();
    await finish(20);

    expect(visits).to.have.length(WORKERS + 20);
    expect(visits).to.not.include.oneOf(['old-9000', 'old-9001']);
  });

  it('lets what is there take turns with all that is created', async () => {
    for (let index = 0; index < 100; index += 1) putWidget(`new-${index}`);
    await settle();
    await finish(100);

    expect(visits.slice(WORKERS).filter((name) => name.startsWith('old-'))).to.have.length(20);
  });

  it('is busy until nothing waits, and less than half of its workers are at work', async () => {
    await finish(10_000 - WORKERS);
    expect([visits.length, underWay.length]).to.deep.equal([10_000, WORKERS]);
    const seen = [manager.load];
    for (let ended = 0; ended < WORKERS; ended += 1) {
      await finish(1);
      seen.push(manager.load);
    }
    expect(seen).to.deep.equal(['Busy', 'Busy', 'Busy', 'Working', 'Idle']);
  });
});
