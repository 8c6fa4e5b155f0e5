// The reflector's copy equals the server after whatever happened between them, and tells of each real change once.
import { expect } from 'chai';
import { PermanentError, TransientError } from '../../../lib/errors.ts';
import { Reflector } from '../../../lib/kube/reflector.ts';
import type { Change } from '../../../lib/kube/store.ts';
import { silentLogger } from '../../../lib/logger.ts';
import { FakeKube } from '../../contract/fake-kube.ts';
import { WIDGET, type Widget } from '../../contract/kube-client.ts';
import { ManualClock, settle } from '../../support/manual-clock.ts';

const reset = new TransientError('APIUnavailable', 'Connection reset.');

describe('Reflector', () => {
  let clock: ManualClock;
  let kube: FakeKube;
  let reflector: Reflector<Widget>;
  let told: string[];
  let stop: AbortController;
  let running: Promise<void>;

  beforeEach(() => {
    clock = new ManualClock();
    kube = new FakeKube(clock);
    reflector = new Reflector({ client: kube, resource: WIDGET, clock, logger: silentLogger });
    told = [];
    reflector.subscribe((change) => told.push(describeChange(change)));
    stop = new AbortController();
  });

  afterEach(async () => {
    stop.abort();
    await running;
    expect(kube.openWatches).to.equal(0);
    expect(clock.sleeping).to.equal(0);
  });

  const start = async (): Promise<void> => {
    running = reflector.run(stop.signal);
    await settle();
  };
  const put = (name: string, size = 1): Widget =>
    kube.put(WIDGET, { metadata: { namespace: 'default', name }, spec: { size } });
  const remove = (name: string): void => {
    kube.remove(WIDGET, { namespace: 'default', name });
  };
  const cached = (): string[] => reflector.list().map(describeWidget).sort();

  it('lists in pages, then follows what happens', async () => {
    for (let index = 0; index < 1_200; index += 1) put(`w-${String(index).padStart(4, '0')}`);

    await start();

    expect(reflector.synced).to.equal(true);
    expect(reflector.list()).to.have.length(1_200);
    expect(kube.calls.filter((call) => call.verb === 'list')).to.have.length(3);
    remove('w-0000');
    put('new');
    await settle();
    expect(reflector.get({ namespace: 'default', name: 'w-0000' })).to.equal(undefined);
    expect(told.slice(-2)).to.deep.equal(['Deleted w-0000=1', 'Applied new=1']);
    expect(kube.openWatches).to.equal(1);
  });

  it('is not synced until a list succeeds, however often it fails, and never waits longer than 30 s', async () => {
    let failures = 12;
    kube.intercept = (call) => {
      if (call.verb === 'list' && failures-- > 0) throw new PermanentError('Forbidden', 'No.');
    };
    put('a');
    await start();
    await clock.advance(10 * 60_000);

    expect(reflector.synced).to.equal(true);
    expect(cached()).to.deep.equal(['a=1']);
  });

  it('asks again at once when a request of a server that failed for long has hung for longer than the pause', async () => {
    let isDown = true;
    kube.intercept = async (call) => {
      if (call.verb !== 'list' || !isDown) return;
      if (kube.calls.length > 9) await clock.sleep(30_000);
      throw reset;
    };
    await start();
    while (kube.calls.length < 10) await clock.advance(1_000);
    isDown = false;

    await clock.advance(31_000);

    expect(reflector.synced).to.equal(true);
  });

  for (const [trouble, error] of [
    ['a version that expired', new TransientError('Expired', 'Too old.')],
    ['a connection reset', reset],
    ['an expired token', new TransientError('APIUnavailable', '401')],
    ['an overloaded server', new TransientError('APIUnavailable', '429', { retryAfterMs: 1_000 })],
    ['a right that was taken away', new PermanentError('Forbidden', 'No.')],
    ['a programming error', new TypeError('undefined is no function')],
  ] as const) {
    it(`recovers from ${trouble} and tells only of real changes`, async () => {
      put('same');
      put('changed');
      put('gone');
      await start();
      told.length = 0;
      kube.endWatches(error);
      put('changed', 2);
      remove('gone');
      put('added');
      kube.compact();

      await clock.advance(35_000);

      expect(cached()).to.deep.equal(['added=1', 'changed=2', 'same=1']);
      expect([...told].sort()).to.deep.equal(['Applied added=1', 'Applied changed=2', 'Deleted gone=1']);
      expect(kube.openWatches).to.equal(1);
    });
  }

  it('goes on from where it was, without a list, when the server ends a watch in order', async () => {
    put('a');
    await start();
    await clock.advance(60_000);

    kube.endWatches();
    put('b');
    await settle();

    expect(cached()).to.deep.equal(['a=1', 'b=1']);
    expect(kube.calls.filter((call) => call.verb === 'list')).to.have.length(1);
  });

  it('backs off from a server that ends each watch at once', async () => {
    await start();
    for (let second = 0; second < 600; second += 1) {
      kube.endWatches();
      await clock.advance(1_000);
    }

    expect(kube.calls.length).to.be.lessThan(120);
  });

  it('tells of both when an object was deleted and made again between two lists', async () => {
    const first = put('a');
    await start();
    told.length = 0;
    kube.endWatches(reset);
    remove('a');
    const second = put('a', 2);
    kube.compact();

    await clock.advance(35_000);

    expect(first.metadata.uid).to.not.equal(second.metadata.uid);
    expect(told).to.deep.equal(['Deleted a=1', 'Applied a=2']);
  });

  it('lists again when the server went back in time', async () => {
    for (const size of [1, 2, 3]) put('a', size);
    await start();
    const restored = new FakeKube(clock);
    restored.put(WIDGET, { metadata: { namespace: 'default', name: 'old' }, spec: { size: 7 } });
    kube.endWatches(reset);
    kube.list = restored.list.bind(restored);
    kube.watch = restored.watch.bind(restored);

    await clock.advance(35_000);

    expect(cached()).to.deep.equal(['old=7']);
    restored.endWatches(reset);
    await settle();
  });

  it('keeps what a write returned until the watch has caught up', async () => {
    const name = { namespace: 'default', name: 'a' };
    put('a');
    await start();
    const old = reflector.get(name);
    kube.endWatches(reset);
    const written = await kube.patch(WIDGET, name, { patch: { spec: { size: 2 } }, signal: stop.signal });

    reflector.wrote(written);

    expect(reflector.get(name)).to.equal(written);
    expect(reflector.list()).to.deep.equal([written]);
    put('a', 3);
    await clock.advance(35_000);
    expect(cached()).to.deep.equal(['a=3']);
    reflector.wrote(written);
    expect(old === undefined).to.equal(false);
    expect(cached()).to.deep.equal(['a=3']);
  });

  it('does not bring back an object that was deleted after a write of ours', async () => {
    const name = { namespace: 'default', name: 'a' };
    put('a');
    await start();
    const written = await kube.patch(WIDGET, name, { patch: { spec: { size: 2 } }, signal: stop.signal });
    remove('a');
    await settle();

    reflector.wrote(written);

    expect(reflector.get(name)).to.equal(undefined);
  });

  it('knows its own write from a change of somebody else', async () => {
    const owned: boolean[] = [];
    reflector.subscribe((change) => owned.push(change.own));
    put('a');
    await start();
    const name = { namespace: 'default', name: 'a' };

    reflector.wrote(await kube.patch(WIDGET, name, { patch: { spec: { size: 2 } }, signal: stop.signal }));
    await settle();
    put('a', 3);
    await settle();

    expect(owned).to.deep.equal([false, true, false]);
  });
});

function describeWidget(widget: Widget): string {
  return `${widget.metadata.name}=${widget.spec.size}`;
}

function describeChange(change: Change<Widget>): string {
  return `${change.type} ${describeWidget(change.object)}`;
}
