// The manager visits what there is and what changes, follows references, and ends in order.
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

describe('Manager', () => {
  let clock: ManualClock;
  let kube: FakeKube;
  let visits: string[];
  let visit: (name: ObjectName, signal: AbortSignal) => Promise<Outcome>;
  let stop: AbortController;
  let running: Promise<void> | undefined;

  beforeEach(() => {
    clock = new ManualClock();
    kube = new FakeKube(clock);
    visits = [];
    visit = () => Promise.resolve(stalled);
    stop = new AbortController();
    running = undefined;
  });

  afterEach(async () => {
    stop.abort();
    await clock.advance(60_000);
    await running;
    expect(kube.openWatches).to.equal(0);
    expect(clock.sleeping).to.equal(0);
  });

  const newManager = (namespaces: readonly string[] = []): Manager =>
    new Manager({
      client: kube,
      clock,
      logger: silentLogger,
      metrics: new Metrics(),
      leadership: alone(clock.now()),
      namespaces,
      concurrency: 4,
    });
  const register = (
    manager: Manager,
    includeStatus = false,
    afterMs = 0,
  ): { readonly enqueue: (name: ObjectName) => void } =>
    manager.register({
      reconciler: {
        name: 'widget',
        reconcile: (name, signal) => {
          visits.push(name.name);
          return visit(name, signal);
        },
      },
      resource: WIDGET,
      watches: [
        {
          resource: BOX,
          toNames: (box) => [{ namespace: box.metadata.namespace, name: box.spec.widget }],
          includeStatus,
          afterMs,
        },
      ],
    });
  const start = async (manager: Manager): Promise<void> => {
    running = manager.run(stop.signal);
    await settle();
  };
  const putWidget = (name: string, more: object = {}, namespace = 'default'): void => {
    kube.put(WIDGET, { metadata: { namespace, name }, spec: { size: 1 }, ...more });
  };
  const putBox = (widget: string, more: object = {}): void => {
    kube.put(BOX, { metadata: { namespace: 'default', name: 'box' }, spec: { widget }, ...more });
  };
  const visitsAfter = async (change: () => void): Promise<readonly string[]> => {
    visits.length = 0;
    change();
    await settle();
    return visits;
  };

  it('visits every object once its caches are complete, and is ready from then on', async () => {
    putWidget('a');
    putWidget('b');
    const manager = newManager();
    register(manager);
    let lists = 0;
    const blocked = Promise.withResolvers<undefined>();
    kube.intercept = (call) => (call.verb === 'list' && lists++ === 1 ? blocked.promise : undefined);

    await start(manager);
    expect([manager.ready, visits.length]).to.deep.equal([false, 0]);
    blocked.resolve(undefined);
    await settle();

    expect(manager.ready).to.equal(true);
    expect(manager.healthy).to.equal(true);
    expect(visits).to.deep.equal(['a', 'b']);
  });

  it('visits an object for its spec and its deletion, but not for its status', async () => {
    putWidget('a');
    const manager = newManager();
    register(manager);
    await start(manager);

    const resize = (): void => {
      putWidget('a', { spec: { size: 2 } });
    };
    const report = (): void => {
      putWidget('a', { spec: { size: 2 }, status: { phase: 'Up' } });
    };
    expect(await visitsAfter(resize)).to.deep.equal(['a']);
    expect(await visitsAfter(report)).to.deep.equal([]);
    const remove = (): void => {
      kube.remove(WIDGET, { namespace: 'default', name: 'a' });
    };
    expect(await visitsAfter(remove)).to.deep.equal(['a']);
  });

  it('does not visit again for a finalizer that a visit has put', async () => {
    putWidget('a');
    const manager = newManager();
    const cache = manager.cache(WIDGET);
    register(manager);
    visit = async (name, signal) => {
      const widget = cache.get(name);
      if (widget?.metadata.finalizers === undefined) {
        const patch = { metadata: { finalizers: ['tests.example.com/hold'] } };
        cache.wrote(await kube.patch(WIDGET, name, { patch, signal }));
      }
      return stalled;
    };

    await start(manager);
    await clock.advance(1_000);

    expect(visits).to.deep.equal(['a']);
  });

  it('visits what another object refers to, and what it referred to before', async () => {
    putWidget('a');
    putBox('a');
    const manager = newManager();
    register(manager);
    await start(manager);
    expect(visits).to.deep.equal(['a']);

    expect(
      await visitsAfter(() => {
        putBox('b');
      }),
    ).to.deep.equal(['a', 'b']);
  });

  for (const [includeStatus, expected] of [
    [false, []],
    [true, ['a']],
  ] as const) {
    it(`${includeStatus ? 'visits' : 'does not visit'} for the status of another object when told so`, async () => {
      putBox('a');
      const manager = newManager();
      register(manager, includeStatus);
      await start(manager);

      expect(
        await visitsAfter(() => {
          putBox('a', { status: { full: true } });
        }),
      ).to.deep.equal(expected);
    });
  }

  it('makes one visit, later, of changes that may share it', async () => {
    const manager = newManager();
    register(manager, true, 5_000);
    await start(manager);
    for (const full of [true, false, true]) {
      putBox('a', { status: { full } });
      await clock.advance(1_000);
    }
    expect(visits).to.deep.equal([]);

    await clock.advance(60_000);

    expect(visits).to.deep.equal(['a']);
  });

  it('visits what it is asked to', async () => {
    const manager = newManager();
    const { enqueue } = register(manager);
    await start(manager);

    expect(
      await visitsAfter(() => {
        enqueue({ namespace: 'default', name: 'x' });
      }),
    ).to.deep.equal(['x']);
  });

  it('keeps to the namespaces it is given', async () => {
    for (const namespace of ['one', 'two', 'three']) putWidget(`in-${namespace}`, {}, namespace);
    const manager = newManager(['one', 'two']);
    register(manager);
    await start(manager);

    expect(visits).to.deep.equal(['in-one', 'in-two']);
    const cache = manager.cache(WIDGET);
    expect(cache.list()).to.have.length(2);
    expect(cache.list('two').map((widget) => widget.metadata.name)).to.deep.equal(['in-two']);
    expect(cache.get({ namespace: 'three', name: 'in-three' })).to.equal(undefined);
  });

  it('makes one copy of a kind, before it runs', async () => {
    const manager = newManager();
    register(manager);
    expect(manager.cache(BOX)).to.equal(manager.cache(BOX));
    await start(manager);

    expect(kube.openWatches).to.equal(2);
    expect(() => manager.cache({ ...BOX, plural: 'crates' })).to.throw(/after the start/);
  });

  it('lets a visit finish when the end is asked for, and begins no other', async () => {
    putWidget('a');
    const finish = Promise.withResolvers<Outcome>();
    let aborted = false;
    visit = (_, signal) => {
      signal.addEventListener('abort', () => {
        aborted = true;
      });
      return finish.promise;
    };
    const manager = newManager();
    const { enqueue } = register(manager);
    await start(manager);

    stop.abort();
    await settle();
    enqueue({ namespace: 'default', name: 'late' });
    await clock.advance(5_000);
    expect(manager.ready).to.equal(false);
    finish.resolve(stalled);
    await running;

    expect([visits, aborted]).to.deep.equal([['a'], false]);
  });

  it('cuts off a visit that does not finish in time, and ends even if that hangs', async () => {
    putWidget('a');
    let aborted = false;
    visit = (_, signal) =>
      new Promise(() => {
        signal.addEventListener('abort', () => {
          aborted = true;
        });
      });
    const manager = newManager();
    register(manager);
    await start(manager);
    let ended = false;
    running = running?.then(() => {
      ended = true;
    });

    stop.abort();
    await clock.advance(14_999);
    expect(aborted).to.equal(false);
    await clock.advance(1);
    expect([aborted, ended]).to.deep.equal([true, false]);
    await clock.advance(5_000);
    expect(ended).to.equal(true);
    await clock.advance(3_600_000);
  });

  it('ends while its caches are not complete yet', async () => {
    kube.intercept = () => Promise.reject(new Error('down'));
    const manager = newManager();
    register(manager);
    await start(manager);

    stop.abort();
    await running;

    expect(visits).to.deep.equal([]);
  });
});
