// What every KubeClient does with a status, whether a real API server stands behind it or one in memory.
import { expect } from 'chai';
import type { KubeClient, ObjectName } from '../../lib/kube/kube.ts';
import { attempt } from '../../lib/errors.ts';
import { WIDGET, expectFailure, type KubeClientSubject, type Widget } from './kube-client.ts';

export function describeStatusUpdates(implementation: string, open: () => Promise<KubeClientSubject>): void {
  describe(`The status through a KubeClient: ${implementation}`, () => {
    const { signal } = new AbortController();
    let subject: KubeClientSubject;
    let client: KubeClient;
    let name: ObjectName;

    beforeEach(async () => {
      subject = await open();
      client = subject.client;
      name = { namespace: subject.namespace, name: 'a' };
    });

    const create = (more: object = {}, metadata: object = {}): Promise<Widget> =>
      client.create(
        WIDGET,
        subject.namespace,
        { metadata: { name: 'a', ...metadata }, spec: { size: 1 }, ...more },
        signal,
      );
    const update = (seen: Widget, status: object): Promise<Widget> =>
      client.updateStatus(WIDGET, seen, { status, signal });
    const patch = (change: object): Promise<Widget> => client.patch(WIDGET, name, { patch: change, signal });
    const get = (): Promise<Widget | undefined> => client.get(WIDGET, name, signal);

    it('is replaced as a whole', async () => {
      const before = await update(await create(), { phase: 'Up', seen: [1, 2] });
      expect(before.status).to.deep.equal({ phase: 'Up', seen: [1, 2] });

      const after = await update(before, { seen: [3] });

      expect(after.status).to.deep.equal({ seen: [3] });
      expect(await get()).to.deep.equal(after);
    });

    it('is all that is changed, with a new version', async () => {
      const metadata = {
        labels: { keep: 'me' },
        annotations: { keep: 'me, too' },
        finalizers: ['tests.example.com/hold'],
      };
      const before = await create({}, metadata);

      const after = await update({ ...before, spec: { size: 9 } }, { phase: 'Up' });

      const { resourceVersion } = after.metadata;
      expect(resourceVersion).not.to.equal(before.metadata.resourceVersion);
      expect(after).to.deep.equal({
        ...before,
        metadata: { ...before.metadata, resourceVersion },
        status: { phase: 'Up' },
      });
    });

    it('is changed by nothing else', async () => {
      const before = await create({ status: { phase: 'Born' } });
      expect(before.status).to.equal(undefined);
      await update(before, { phase: 'Up' });

      const patched = await patch({ spec: { size: 2 }, status: { phase: 'Down' } });

      expect(patched).to.deep.include({ spec: { size: 2 }, status: { phase: 'Up' } });
    });

    it('leaves the version as it is where it says the same already', async () => {
      const before = await update(await create(), { phase: 'Up', seen: [1] });

      const after = await update(before, { seen: [1], phase: 'Up' });

      expect(after).to.deep.equal(before);
    });

    it('is refused when it was made from a stale view', async () => {
      const seen = await create();
      await patch({ spec: { size: 2 } });

      expectFailure(await attempt(() => update(seen, { phase: 'Up' })), 'Transient', 'Conflict');
      expect((await get())?.status).to.equal(undefined);
    });

    it('is refused when it was made for an object that was made again under its name', async () => {
      const seen = await create();
      await subject.delete(name);
      const again = await create();

      expectFailure(await attempt(() => update(seen, { phase: 'Up' })), 'Transient', 'Conflict');
      const { resourceVersion } = again.metadata;
      const inPart = { ...seen, metadata: { ...seen.metadata, resourceVersion } };
      expectFailure(await attempt(() => update(inPart, { phase: 'Up' })), 'Transient', 'Conflict');
    });

    it('is NotFound for an object that does not exist any more', async () => {
      const seen = await create();
      await subject.delete(name);

      expectFailure(await attempt(() => update(seen, { phase: 'Up' })), 'Permanent', 'NotFound');
    });

    it('is taken of an object that is being deleted', async () => {
      await create({}, { finalizers: ['tests.example.com/hold'] });
      await subject.delete(name);
      const seen = await get();
      if (seen === undefined) throw new Error('it was not held back');

      const after = await update(seen, { phase: 'Down' });

      expect(after.status).to.deep.equal({ phase: 'Down' });
      expect(after.metadata.deletionTimestamp).to.equal(seen.metadata.deletionTimestamp);
    });
  });
}
