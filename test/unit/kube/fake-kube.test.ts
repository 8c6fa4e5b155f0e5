// The API server in memory keeps the contract of the real one.
import { FakeKube } from '../../contract/fake-kube.ts';
import { WIDGET, describeKubeClient, type KubeClientSubject } from '../../contract/kube-client.ts';
import { describeStatusUpdates } from '../../contract/kube-status.ts';

function open(): Promise<KubeClientSubject> {
  const kube = new FakeKube();
  return Promise.resolve({
    client: kube,
    namespace: 'default',
    delete: (name) => {
      kube.remove(WIDGET, name);
      return Promise.resolve();
    },
  });
}

describeKubeClient('in memory', open);
describeStatusUpdates('in memory', open);
