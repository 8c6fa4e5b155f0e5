// The manager acts only while its controller leads: it is warm before, visits everything then, and stops at once.
import { expect } from 'chai';
import { silentLogger } from '../../../lib/logger.ts';
import { fencedClient } from '../../../lib/kube/fenced.ts';
import type { KubeClient, ObjectName } from '../../../lib/kube/kube.ts';
import type { Leadership } from '../../../lib/reconcile/leadership.ts';
import { Manager } from '../../../lib/reconcile/manager.ts';
import { Metrics } from '../../../lib/reconcile/metrics.ts';
import { stalled, type Outcome } from '../../../lib/reconcile/outcome.ts';
import { FakeKube } from '../../contract/fake-kube.ts';
import { WIDGET } from '../../contract/kube-client.ts';
import { ManualClock, settle } from '../../support/manual-clock.ts';

/** Begins and ends terms as a test says. */
class Terms implements Pick<Leadership, 'run'> {
  #lead: ((term: AbortSignal) => Promise<void>) | undefined;
  #term = new AbortController();
  /** Settles when the work of the last term has ended. */
  ended: Promise<void> = Promise.resolve();

  async run(lead: (term: AbortSignal) => Promise<void>, end: AbortSignal): Promise<void> {
    this.#lead = lead;
    await new Promise<void>((resolve) => {
      end.addEventListener('abort', () => {
        resolve();
      });
    });
    await this.ended;
  }

  async begin(): Promise<void> {
    this.#term = new AbortController();
    this.ended = this.#lead?.(this.#term.signal) ?? Promise.reject(new Error('nobody competes yet'));
    await settle();
  }

  async lose(): Promise<void> {
    this.#term.abort(new Error('lost'));
    await settle();
  }
}

describe('Manager, term by term', () => {
  let clock: ManualClock;
  let kube: FakeKube;
  let isBehind: boolean;
  let terms: Terms;
  let metrics: Metrics;
  let manager: Manager;
  let visits: string[];
  let visit: (signal: AbortSignal) => Promise<Outcome>;
  let enqueue: (name: ObjectName) => void;
  let stop: AbortController;
  let running: Promise<void>;

  beforeEach(async () => {
    clock = new ManualClock();
    kube = new FakeKube(clock);
    isBehind = false;
    terms = new Terms();
    metrics = new Metrics();
    visits = [];
    visit = () => Promise.resolve(stalled);
    stop = new AbortController();
    manager = new Manager({
      ...{ client: lagging(kube), clock, metrics, logger: silentLogger, leadership: terms },
      ...{ namespaces: [], concurrency: 4 },
    });
    const reconcile = ({ name }: ObjectName, signal: AbortSignal): Promise<Outcome> => {
      visits.push(name);
      return visit(signal);
    };
    ({ enqueue } = manager.register({ reconciler: { name: 'widget', reconcile }, resource: WIDGET }));
    put('a');
    put('b');
    running = manager.run(stop.signal);
    await settle();
  });

  afterEach(async () => {
    stop.abort();
    await terms.lose();
    await clock.advance(60_000);
    await running;
    expect(clock.sleeping).to.equal(0);
  });

  /** Its watch tells nothing while it is behind. */
  const lagging = (inner: FakeKube): KubeClient => ({
    ...fencedClient(inner, () => undefined),
    watch: async function* (resource, request) {
      for await (const event of inner.watch(resource, request)) if (!isBehind) yield event;
    },
  });
  const put = (name: string, size = 1): void => {
    kube.put(WIDGET, { metadata: { namespace: 'default', name }, spec: { size } });
  };
  const depth = async (): Promise<string | undefined> =>
    /^workqueue_depth\{.*\} (\d+)$/m.exec((await metrics.expose()).text)?.[1];

  it('is ready and keeps its caches while another leads, but visits nothing', async () => {
    put('c');
    enqueue({ namespace: 'default', name: 'a' });
    await clock.advance(60_000);

    expect([manager.ready, manager.healthy, visits.length]).to.deep.equal([true, true, 0]);
    expect(manager.cache(WIDGET).list()).to.have.length(3);
  });

  it('visits everything when it begins to lead, whatever has happened before', async () => {
    kube.remove(WIDGET, { namespace: 'default', name: 'b' });
    put('c');
    await settle();
    await terms.begin();

    expect(visits).to.deep.equal(['a', 'c']);
    put('a', 2);
    await settle();
    expect(visits).to.deep.equal(['a', 'c', 'a']);
  });

  it('acts on no view from before its term, however far its watch lags behind', async () => {
    isBehind = true;
    put('a', 2);
    put('c');
    await settle();
    expect(manager.cache(WIDGET).list()).to.have.length(2);
    const seen: unknown[] = [];
    visit = () => {
      seen.push(manager.cache(WIDGET).get({ namespace: 'default', name: 'a' })?.spec);
      return Promise.resolve(stalled);
    };
    await terms.begin();

    expect(visits).to.deep.equal(['a', 'b', 'c']);
    expect(seen[0]).to.deep.equal({ size: 2 });
  });

  it('cuts visits off at once when it leads no longer, and begins none', async () => {
    const aborted: string[] = [];
    visit = (signal) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          aborted.push(String(signal.reason));
          reject(signal.reason as Error);
        });
      });
    await terms.begin();
    await terms.lose();
    await terms.ended;
    put('a', 2);
    await clock.advance(60_000);

    expect(aborted).to.deep.equal(['Error: lost', 'Error: lost']);
    expect(visits).to.deep.equal(['a', 'b']);
    expect([manager.ready, await depth()]).to.deep.equal([true, '0']);
  });

  it('visits everything again in a later term, which waits for what did not end', async () => {
    const slow = Promise.withResolvers<Outcome>();
    visit = () => slow.promise;
    await terms.begin();
    await terms.lose();
    await clock.advance(60_000);
    let hasEnded = false;
    void terms.ended.then(() => {
      hasEnded = true;
    });
    await settle();
    expect(hasEnded).to.equal(false);
    slow.resolve(stalled);
    await terms.ended;
    visit = () => Promise.resolve(stalled);
    await terms.begin();

    expect(visits).to.deep.equal(['a', 'b', 'a', 'b']);
  });
});
