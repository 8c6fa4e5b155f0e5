// A client that writes only while we may.
import type { KubeClient } from './kube.ts';

/** @param check called before each write; what it throws is what the caller gets */
export function fencedClient(client: KubeClient, check: () => void): KubeClient {
  return {
    list: (resource, request) => client.list(resource, request),
    watch: (resource, request) => client.watch(resource, request),
    get: (resource, name, signal) => client.get(resource, name, signal),
    create: async (resource, namespace, object, signal) => {
      check();
      return client.create(resource, namespace, object, signal);
    },
    patch: async (resource, name, request) => {
      check();
      return client.patch(resource, name, request);
    },
    updateStatus: async (resource, object, request) => {
      check();
      return client.updateStatus(resource, object, request);
    },
    delete: async (resource, name, request) => {
      check();
      return client.delete(resource, name, request);
    },
  };
}
