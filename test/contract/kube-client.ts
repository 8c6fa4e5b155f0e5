// What every KubeClient does, whether a real API server stands behind it or one in memory.
import { expect } from 'chai';
import type { KubeClient, KubeObject, ObjectName, Resource, WatchEvent } from '../../lib/kube/kube.ts';
import { attempt, type Attempt } from '../../lib/errors.ts';

export interface Widget extends KubeObject {
  readonly spec: { readonly size: number; readonly colour?: string };
  readonly status?: { readonly phase?: string; readonly seen?: readonly number[] };
}

/** A kind with a status subresource; `manifests` in the integration suite declare it to a real server. */
export const WIDGET: Resource<Widget> = {
  group: 'tests.example.com',
  version: 'v1',
  plural: 'widgets',
  kind: 'Widget',
};

export interface KubeClientSubject {
  readonly client: KubeClient;
  /** A namespace of the test's own. */
  readonly namespace: string;
  /** Deletes an object as another client. */
  delete(name: ObjectName): Promise<void>;
}

export function describeKubeClient(implementation: string, open: () => Promise<KubeClientSubject>): void {
  describe(`KubeClient: ${implementation}`, () => {
    let subject: KubeClientSubject;
    let client: KubeClient;
    let abort: AbortController;

    beforeEach(async () => {
      subject = await open();
      client = subject.client;
      abort = new AbortController();
    });

    afterEach(() => {
      abort.abort();
    });

    const nameOf = (name: string): ObjectName => ({ namespace: subject.namespace, name });
    const create = (name: string, more: object = {}): Promise<Widget> =>
      client.create(
        WIDGET,
        subject.namespace,
        { metadata: { name, ...more }, spec: { size: 1 } },
        abort.signal,
      );
    const patch = (name: string, change: object): Promise<Widget> =>
      client.patch(WIDGET, nameOf(name), { patch: change, signal: abort.signal });
    const get = (name: string): Promise<Widget | undefined> => client.get(WIDGET, nameOf(name), abort.signal);

    it('returns an object as the server made it, with its kind', async () => {
      const widget = await create('a');

      expect(widget).to.deep.include({
        apiVersion: 'tests.example.com/v1',
        kind: 'Widget',
        spec: { size: 1 },
      });
      expect(widget.metadata).to.include({ name: 'a', namespace: subject.namespace, generation: 1 });
      expect(await get('a')).to.deep.equal(widget);
    });

    it('answers undefined for an object that does not exist', async () => {
      expect(await get('nobody')).to.equal(undefined);
    });

    it('refuses to create an object twice', async () => {
      await create('a');

      expectFailure(await attempt(() => create('a')), 'Transient', 'Conflict');
    });

    it('says NotFound for a patch of an object that does not exist', async () => {
      expectFailure(await attempt(() => patch('nobody', { spec: { size: 2 } })), 'Permanent', 'NotFound');
    });

    it('changes only what a merge patch names, and removes what it sets to null', async () => {
      await create('a', { labels: { keep: 'me', drop: 'me' } });

      const widget = await patch('a', { metadata: { labels: { drop: null } }, spec: { colour: 'red' } });

      expect(widget.metadata.labels).to.deep.equal({ keep: 'me' });
      expect(widget.spec).to.deep.equal({ size: 1, colour: 'red' });
    });

    it('raises the generation for a change of the spec and for no other', async () => {
      await create('a');

      const labelled = await patch('a', { metadata: { labels: { x: 'y' } } });
      const request = { status: { phase: 'Up' }, signal: abort.signal };
      const reported = await client.updateStatus(WIDGET, labelled, request);
      const resized = await patch('a', { spec: { size: 2 } });

      expect([labelled, reported, resized].map((widget) => widget.metadata.generation)).to.deep.equal([
        1, 1, 2,
      ]);
    });

    it('refuses a patch made from a stale view', async () => {
      const { resourceVersion, uid } = (await create('a')).metadata;
      await patch('a', { spec: { size: 2 } });

      const late = await attempt(() => patch('a', { metadata: { resourceVersion, uid }, spec: { size: 3 } }));

      expectFailure(late, 'Transient', 'Conflict');
      expect((await get('a'))?.spec.size).to.equal(2);
    });

    it('refuses a patch made for an object that was made again under its name', async () => {
      const { resourceVersion, uid } = (await create('a')).metadata;
      await subject.delete(nameOf('a'));
      await create('a');

      const late = await attempt(() => patch('a', { metadata: { resourceVersion, uid }, spec: { size: 3 } }));

      expectFailure(late, 'Transient', 'Conflict');
    });

    it('does not change the version when a patch changes nothing', async () => {
      const before = await create('a');

      const after = await patch('a', { spec: { size: 1 } });

      expect(after.metadata.resourceVersion).to.equal(before.metadata.resourceVersion);
    });

    it('keeps a deleted object until its last finalizer is gone', async () => {
      await create('a', { finalizers: ['tests.example.com/hold'] });
      await subject.delete(nameOf('a'));
      expect((await get('a'))?.metadata.deletionTimestamp).to.be.a('string');

      const more = await attempt(() =>
        patch('a', { metadata: { finalizers: ['tests.example.com/hold', 'tests.example.com/more'] } }),
      );
      expectFailure(more, 'Permanent', 'Invalid');

      await patch('a', { metadata: { finalizers: [] } });
      expect(await get('a')).to.equal(undefined);
    });

    it('deletes an object, and takes it for done where there is none', async () => {
      const { uid } = (await create('a')).metadata;
      const remove = () => client.delete(WIDGET, nameOf('a'), { uid, signal: abort.signal });

      await remove();
      expect(await get('a')).to.equal(undefined);
      await remove();
    });

    it('does not delete an object that was made again under its name', async () => {
      const { uid } = (await create('a')).metadata;
      await subject.delete(nameOf('a'));
      await create('a');

      const late = await attempt(() => client.delete(WIDGET, nameOf('a'), { uid, signal: abort.signal }));

      expectFailure(late, 'Transient', 'Conflict');
      expect(await get('a')).not.to.equal(undefined);
    });

    it('lists in pages', async () => {
      for (const name of ['a', 'b', 'c', 'd', 'e']) await create(name);

      const scope = { namespace: subject.namespace, limit: 2, signal: abort.signal };
      const first = await client.list(WIDGET, scope);
      const second = await client.list(WIDGET, { ...scope, next: first.next ?? '' });
      const third = await client.list(WIDGET, { ...scope, next: second.next ?? '' });

      const names = [first, second, third].map((page) => page.items.map((item) => item.metadata.name));
      expect(names).to.deep.equal([['a', 'b'], ['c', 'd'], ['e']]);
      expect(third.next).to.equal(undefined);
      expect(third.items[0]).to.include({ apiVersion: 'tests.example.com/v1', kind: 'Widget' });
    });

    it('tells of everything after the version that a watch starts from, in order', async () => {
      await create('before');
      const scope = { namespace: subject.namespace, signal: abort.signal };
      const { resourceVersion } = await client.list(WIDGET, { ...scope, limit: 10 });

      await create('a', { finalizers: ['tests.example.com/hold'] });
      await patch('a', { spec: { size: 2 } });
      await subject.delete(nameOf('a'));
      await patch('a', { metadata: { finalizers: null } });
      const events = await take(client.watch(WIDGET, { ...scope, resourceVersion }), 4);

      expect(events.map((event) => event.type)).to.deep.equal(['ADDED', 'MODIFIED', 'MODIFIED', 'DELETED']);
      const versions = events.map((event) => BigInt(event.object.metadata.resourceVersion));
      expect(versions).to.deep.equal([...new Set(versions)].sort((a, b) => (a < b ? -1 : 1)));
    });

    it('tells of a change while the watch waits', async () => {
      const scope = { namespace: subject.namespace, signal: abort.signal };
      const { resourceVersion } = await client.list(WIDGET, { ...scope, limit: 10 });

      const watching = take(client.watch(WIDGET, { ...scope, resourceVersion }), 1);
      await create('a');

      expect((await watching)[0]?.object.metadata.name).to.equal('a');
    });

    it('says Expired for a watch from a version too old', async () => {
      await create('a');
      const request = { namespace: subject.namespace, resourceVersion: '1', signal: abort.signal };

      expectFailure(await attempt(() => take(client.watch(WIDGET, request), 99)), 'Transient', 'Expired');
    });

    it('ends a watch with the reason of the signal', async () => {
      const { resourceVersion } = await create('a').then((widget) => widget.metadata);
      const reason = new Error('enough');

      const watching = take(client.watch(WIDGET, { resourceVersion, signal: abort.signal }), 99);
      abort.abort(reason);

      expect(await watching.catch((error: unknown) => error)).to.equal(reason);
    });

    it('ends a call with the reason of the signal', async () => {
      const reason = new Error('enough');
      abort.abort(reason);

      expect(await create('a').catch((error: unknown) => error)).to.equal(reason);
    });
  });
}

type ObjectEvent = Exclude<WatchEvent<Widget>, { readonly type: 'BOOKMARK' }>;

async function take(
  events: AsyncIterable<WatchEvent<Widget>>,
  count: number,
): Promise<readonly ObjectEvent[]> {
  const taken: ObjectEvent[] = [];
  for await (const event of events) {
    if (event.type === 'BOOKMARK') continue;
    taken.push(event);
    if (taken.length === count) return taken;
  }
  return taken;
}

export function expectFailure(
  result: Attempt<unknown>,
  kind: 'Permanent' | 'Transient',
  reason: string,
): void {
  expect(result).to.have.property('ok', false);
  if (!result.ok) expect(result.failure).to.include({ kind, reason });
}
