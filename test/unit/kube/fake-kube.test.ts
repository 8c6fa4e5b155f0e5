// The API server in memory keeps the contract of the real one.
import { FakeKube } from '../../contract/fake-kube.ts';
import { WIDGET, describeKubeClient } from '../../contract/kube-client.ts';

describeKubeClient('in memory', () => {
  const kube = new FakeKube();
  return Promise.resolve({
    client: kube,
    namespace: 'default',
    delete: (name) => {
      kube.remove(WIDGET, name);
      return Promise.resolve();
    },
  });
});
