// Events reach the API server in the background, are counted when repeated, and fail nobody.
import { expect } from 'chai';
import { PermanentError, TransientError } from '../../../lib/errors.ts';
import { createEventRecorder, type FlushableEventRecorder, type Load } from '../../../lib/kube/events.ts';
import type { KubeObject, Resource } from '../../../lib/kube/kube.ts';
import { silentLogger } from '../../../lib/logger.ts';
import { FakeKube } from '../../contract/fake-kube.ts';
import { WIDGET, type Widget } from '../../contract/kube-client.ts';
import { ManualClock } from '../../support/manual-clock.ts';

interface CoreEvent extends KubeObject {
  readonly count: number;
  readonly message: string;
  readonly lastTimestamp: string;
  readonly involvedObject: { readonly uid: string };
}

const EVENT: Resource<CoreEvent> = { group: '', version: 'v1', plural: 'events', kind: 'Event' };

describe('EventRecorder', () => {
  let clock: ManualClock;
  let kube: FakeKube;
  let recorder: FlushableEventRecorder;
  let widget: Widget;
  const { signal } = new AbortController();

  beforeEach(() => {
    clock = new ManualClock();
    kube = new FakeKube(clock);
    widget = kube.put(WIDGET, { metadata: { namespace: 'default', name: 'a' }, spec: { size: 1 } });
    recorder = createEventRecorder({ client: kube, clock, logger: silentLogger, component: 'tests' });
  });

  const record = (message: string): void => {
    recorder.record(widget, { type: 'Normal', reason: 'Installed', message });
  };
  const events = async (): Promise<readonly CoreEvent[]> =>
    (await kube.list(EVENT, { limit: 20_000, signal })).items;

  it('records an event about its object', async () => {
    record('It is there.');
    await recorder.flush(1_000);

    const [event] = await events();
    expect(event).to.include({ count: 1, message: 'It is there.' });
    expect(event?.involvedObject.uid).to.equal(widget.metadata.uid);
  });

  it('raises the count of an event that is repeated, also by another recorder', async () => {
    record('It is there.');
    await recorder.flush(1_000);
    await clock.advance(60_000);
    recorder = createEventRecorder({ client: kube, clock, logger: silentLogger, component: 'tests' });
    record('It is there.');
    record('It has gone.');
    await recorder.flush(1_000);

    const recorded = await events();
    expect(recorded.map((event) => [event.message, event.count])).to.have.deep.members([
      ['It is there.', 2],
      ['It has gone.', 1],
    ]);
    expect(recorded.find((event) => event.count === 2)?.lastTimestamp).to.equal('2026-01-01T00:01:00Z');
  });

  it('lets what is more urgent go first, but for half a minute at most', async () => {
    let load: Load = 'Busy';
    const options = { client: kube, clock, logger: silentLogger, component: 'tests' };
    recorder = createEventRecorder({ ...options, load: () => load });
    record('It is there.');
    await clock.advance(29_000);
    expect(await events()).to.have.length(0);
    await clock.advance(2_000);
    expect(await events()).to.have.length(1);

    record('It has gone.');
    await clock.advance(1_000);
    expect(await events()).to.have.length(1);
    load = 'Working';
    await clock.advance(1_000);
    expect(await events()).to.have.length(2);
  });

  it('takes a quarter of the time beside other work, and all of it when there is none', async () => {
    let load: Load = 'Working';
    const options = { client: kube, clock, logger: silentLogger, component: 'tests' };
    recorder = createEventRecorder({ ...options, load: () => load });
    kube.intercept = async ({ verb }) => {
      if (verb === 'create') await clock.sleep(10);
    };
    for (const words of ['One.', 'Two.', 'Three.']) record(words);
    await clock.advance(49);
    expect(await events()).to.have.length(1);
    await clock.advance(1);
    expect(await events()).to.have.length(2);

    load = 'Idle';
    await clock.advance(40);
    expect(await events()).to.have.length(3);
  });

  it('waits for nothing once it is to end', async () => {
    const options = { client: kube, clock, logger: silentLogger, component: 'tests' };
    recorder = createEventRecorder({ ...options, load: () => 'Busy' });
    record('It is there.');
    await clock.advance(1_000);
    await recorder.flush(1_000);

    expect(await events()).to.have.length(1);
  });

  it('tries again when the server cannot be reached', async () => {
    let failures = 2;
    kube.intercept = () => {
      if (failures-- > 0) throw new TransientError('APIUnavailable', 'Down.');
    };
    record('It is there.');
    await clock.advance(30_000);
    await recorder.flush(1_000);

    expect(await events()).to.have.length(1);
  });

  it('gives up an event that is refused, and goes on with the next', async () => {
    let refusals = 1;
    kube.intercept = () => {
      if (refusals-- > 0) throw new PermanentError('Forbidden', 'No.');
    };
    record('first');
    record('second');
    await recorder.flush(1_000);

    expect((await events()).map((event) => event.message)).to.deep.equal(['second']);
  });

  it('keeps a bounded number waiting', async () => {
    for (let index = 0; index < 10_500; index += 1) record(`message ${index}`);
    await recorder.flush(60_000);

    expect((await events()).length).to.be.within(10_000, 10_001);
  });

  it('drops what cannot be sent within the time of a flush', async () => {
    kube.intercept = () => {
      throw new TransientError('APIUnavailable', 'Down.');
    };
    record('first');
    record('second');
    const flushed = recorder.flush(1_000);
    await clock.advance(1_000);

    await flushed;
    expect(clock.sleeping).to.equal(0);
  });
});
