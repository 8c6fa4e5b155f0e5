// A client that writes only while we may: reads pass always.
import { expect } from 'chai';
import { fencedClient } from '../../../lib/kube/fenced.ts';
import { FakeKube } from '../../contract/fake-kube.ts';
import { WIDGET } from '../../contract/kube-client.ts';

describe('fencedClient', () => {
  const { signal } = new AbortController();
  const name = { namespace: 'default', name: 'a' };

  it('refuses every write once we may not, and no read', async () => {
    const kube = new FakeKube();
    kube.put(WIDGET, { metadata: { ...name }, spec: { size: 1 } });
    const { metadata } = kube.put(WIDGET, { metadata: { ...name, name: 'old' }, spec: { size: 1 } });
    const seen = kube.put(WIDGET, { metadata: { ...name, name: 'seen' }, spec: { size: 1 } });
    let may = true;
    const client = fencedClient(kube, () => {
      if (!may) throw new Error('no longer');
    });
    const write = async (): Promise<string[]> => {
      const writes = [
        client.patch(WIDGET, name, { patch: { spec: { size: 2 } }, signal }),
        client.updateStatus(WIDGET, seen, { status: { phase: 'Up' }, signal }),
        client.create(WIDGET, 'default', { metadata: { name: may ? 'b' : 'c' }, spec: { size: 1 } }, signal),
        client.delete(WIDGET, metadata, { uid: metadata.uid, signal }),
      ];
      return (await Promise.allSettled(writes)).map(({ status }) => status);
    };

    expect(await write()).to.deep.equal(new Array(4).fill('fulfilled'));
    may = false;
    kube.calls.length = 0;
    expect(await write()).to.deep.equal(new Array(4).fill('rejected'));
    expect((await client.get(WIDGET, name, signal))?.spec).to.deep.equal({ size: 2 });
    expect((await client.list(WIDGET, { limit: 10, signal })).items).to.have.length(3);
    expect(kube.writes).to.deep.equal([]);
  });
});
