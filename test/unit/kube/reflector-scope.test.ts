// What a reflector asks for, when it asks again, and what it says of it.
import { expect } from 'chai';
import { TransientError } from '../../../lib/errors.ts';
import { Reflector } from '../../../lib/kube/reflector.ts';
import type { Fields, Logger } from '../../../lib/logger.ts';
import { FakeKube } from '../../contract/fake-kube.ts';
import { WIDGET, type Widget } from '../../contract/kube-client.ts';
import { ManualClock, settle } from '../../support/manual-clock.ts';

const MINUTE = 60_000;

describe('a reflector', () => {
  let clock: ManualClock;
  let kube: FakeKube;
  let lines: { level: string; message: string; fields: Fields }[];
  let stop: AbortController;
  let running: Promise<void>;

  beforeEach(() => {
    clock = new ManualClock();
    kube = new FakeKube(clock);
    lines = [];
    stop = new AbortController();
    running = Promise.resolve();
  });

  afterEach(async () => {
    stop.abort();
    await running;
    expect([kube.openWatches, clock.sleeping]).to.deep.equal([0, 0]);
  });

  const logger = (bound: Fields = {}): Logger => {
    const log = (level: string) => (message: string, fields?: Fields) =>
      void lines.push({ level, message, fields: { ...bound, ...fields } });
    const levels = { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') };
    return { ...levels, with: (fields) => logger({ ...bound, ...fields }) };
  };
  const open = (namespace?: string): Reflector<Widget> => {
    const scope = namespace === undefined ? {} : { namespace };
    return new Reflector({ client: kube, resource: WIDGET, ...scope, clock, logger: logger() });
  };
  const start = async (reflector: Reflector<Widget>): Promise<void> => {
    running = reflector.run(stop.signal);
    await settle();
  };
  const put = (name: string, namespace = 'default'): Widget =>
    kube.put(WIDGET, { metadata: { namespace, name }, spec: { size: 1 } });
  const lists = (): number => kube.calls.filter(({ verb }) => verb === 'list').length;
  const names = (reflector: Reflector<Widget>): string[] =>
    reflector.list().map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);

  it('of a namespace knows nothing of another', async () => {
    const reflector = open('ours');
    for (const namespace of ['ours', 'theirs']) put('a', namespace);
    await start(reflector);
    for (const namespace of ['ours', 'theirs']) put('b', namespace);
    await settle();
    expect(names(reflector)).to.have.members(['ours/a', 'ours/b']);
    expect(kube.calls.map(({ verb, object }) => `${verb} ${object}`)).to.deep.equal([
      'list ours',
      'watch ours',
    ]);
  });

  it('of all namespaces asks for all of them, in one request', async () => {
    const reflector = open();
    for (const namespace of ['ours', 'theirs']) put('a', namespace);
    await start(reflector);
    expect(names(reflector)).to.have.members(['ours/a', 'theirs/a']);
    expect(kube.calls.map(({ verb, object }) => `${verb} ${object}`)).to.deep.equal(['list ', 'watch ']);
  });

  it('says when its first list is complete', async () => {
    const reflector = open();
    let isSynced = false;
    void reflector.whenSynced.then(() => (isSynced = true));
    await settle();
    expect(isSynced).to.equal(false);
    await start(reflector);
    expect(isSynced).to.equal(true);
  });

  it('that is to be renewed lists at once, and says so when that is done, each time', async () => {
    const reflector = open();
    await start(reflector);
    for (const round of [2, 3]) {
      let isDone = false;
      void reflector.renew().then(() => (isDone = true));
      await settle();
      expect([isDone, lists(), kube.openWatches]).to.deep.equal([true, round, 1]);
    }
    await clock.advance(MINUTE);
    expect(lists()).to.equal(3);
  });

  it('that is to be renewed during a list makes another one, for what was written meanwhile', async () => {
    const reflector = open();
    const held = Promise.withResolvers<undefined>();
    kube.intercept = async ({ verb }) => {
      if (verb === 'list' && lists() === 1) await held.promise;
    };
    await start(reflector);
    let isDone = false;
    void reflector.renew().then(() => (isDone = true));
    await settle();
    expect(isDone).to.equal(false);
    held.resolve(undefined);
    await clock.advance(1_000);
    expect([isDone, lists()]).to.deep.equal([true, 2]);
  });

  it('goes on from a bookmark when the server has forgotten what was before', async () => {
    const reflector = open('ours');
    await start(reflector);
    await clock.advance(MINUTE);
    put('a', 'theirs');
    kube.sendBookmarks();
    await settle();
    kube.compact();
    kube.endWatches();
    put('b', 'ours');
    await clock.advance(MINUTE);
    expect(names(reflector)).to.deep.equal(['ours/b']);
    expect(lists()).to.equal(1);
  });

  it('lists again when a watch ends in order half an hour after the last list, and not before', async () => {
    await start(open());
    const counts: number[] = [];
    for (let ends = 0; ends < 4; ends += 1) {
      await clock.advance(16 * MINUTE);
      kube.endWatches();
      await settle();
      counts.push(lists());
    }
    expect(counts).to.deep.equal([1, 2, 2, 3]);
  });

  it('takes a watch that ends at once for a failure only where it has told nothing', async () => {
    await start(open());
    put('a');
    await settle();
    kube.endWatches();
    await clock.advance(1_000);
    expect([lists(), lines]).to.deep.equal([1, []]);
    kube.endWatches();
    await clock.advance(1_000);
    expect(lists()).to.equal(2);
    expect(lines.map(({ level, fields }) => [level, fields['error']])).to.deep.equal([
      ['warn', 'The watch ended at once.'],
    ]);
  });

  it('takes a watch for a success that has lasted, though it told nothing', async () => {
    await start(open());
    await clock.advance(5_000);
    kube.endWatches();
    await clock.advance(1_000);
    expect([lists(), lines]).to.deep.equal([1, []]);
  });

  it('warns of a failure with what it was and when it tries again, and makes no fuss of a version that expired', async () => {
    await start(open('ours'));
    kube.endWatches(new TransientError('APIUnavailable', 'Reset.', { retryAfterMs: 700 }));
    await clock.advance(1_000);
    kube.endWatches(new TransientError('Expired', 'Too old.', { retryAfterMs: 700 }));
    await clock.advance(1_000);
    const message = 'List and watch were interrupted; they begin again.';
    const fields = { resource: WIDGET.plural, namespace: 'ours', afterMs: 700 };
    expect(lines).to.deep.equal([
      { level: 'warn', message, fields: { ...fields, error: 'Reset.' } },
      { level: 'debug', message, fields: { ...fields, error: 'Too old.' } },
    ]);
  });

  it('says nothing of its own end', async () => {
    await start(open());
    stop.abort();
    await running;
    expect(lines).to.deep.equal([]);
  });
});
