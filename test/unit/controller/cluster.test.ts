import { expect } from 'chai';
import { WORKSPACE } from '../../../controller/api/group.ts';
import { Cluster } from '../../../controller/cluster.ts';
import { TransientError } from '../../../lib/errors.ts';
import type { KubeObject, ObjectName, Resource } from '../../../lib/kube/kube.ts';
import { workspace } from '../builders.ts';

const SIGNAL = new AbortController().signal;

/** An API server that holds these objects, by kind and name. */
function setUp(objects: Readonly<Record<string, string>>) {
  const asked: string[] = [];
  const get = <T extends KubeObject>(resource: Resource<T>, { namespace, name }: ObjectName) => {
    const key = `${resource.kind} ${namespace}/${name}`;
    asked.push(key);
    const uid = objects[key];
    const found = {
      ...workspace(),
      metadata: { ...workspace().metadata, uid: uid ?? '' },
    } as KubeObject as T;
    return Promise.resolve(uid === undefined ? undefined : found);
  };
  return { asked, cluster: new Cluster({ get }) };
}

describe('the cluster', () => {
  it('is told apart by the UID of kube-system, which is asked for once', async () => {
    const { asked, cluster } = setUp({ 'Namespace /kube-system': 'c-1' });
    const { metadata } = workspace();
    const claim = { cluster: 'c-1', object: 'team/alice', uid: metadata.uid };
    expect([await cluster.claimOf(workspace()), await cluster.claimOf(workspace())]).to.deep.equal([
      claim,
      claim,
    ]);
    expect(asked).to.deep.equal(['Namespace /kube-system']);
  });

  it('asks again after a failure', async () => {
    const { asked, cluster } = setUp({});
    for (const attempt of [1, 2]) {
      const error = await cluster.claimOf(workspace()).catch((thrown: unknown) => thrown);
      expect(error).to.be.instanceOf(TransientError);
      expect(asked).to.have.length(attempt);
    }
  });

  it('knows which objects are gone, also where one of the same name was made since', async () => {
    const { cluster } = setUp({ [`${WORKSPACE.kind} team/alice`]: 'u-2' });
    const gone = (object: string, uid: string) => cluster.isGone({ cluster: 'c-1', object, uid }, SIGNAL);
    expect(await gone('team/alice', 'u-2')).to.equal(false);
    expect(await gone('team/alice', 'u-1')).to.equal(true);
    expect(await gone('team/bob', 'u-1')).to.equal(true);
  });
});
