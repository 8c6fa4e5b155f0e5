// A real API server with a proxy before it, and the hands of everybody else in the cluster, who are not disturbed.
import { join } from 'node:path';
import { startControlPlane, type ControlPlane } from '../../../lib/embedded/control-plane.ts';
import { createScratch, type Scratch } from '../../../lib/embedded/scratch.ts';
import { createKubeClient, type ClosableKubeClient } from '../../../lib/kube/client.ts';
import type { KubeObject, ObjectName, Resource } from '../../../lib/kube/kube.ts';
import { pathOf } from '../../../lib/kube/names.ts';
import { kubectl } from '../../integration/support/kubectl.ts';
import { APIProxy } from './proxy.ts';

const CALL_MS = 60_000;

export class Proxied {
  readonly plane: ControlPlane;
  readonly proxy: APIProxy;
  /** Goes with everything. */
  readonly folder: string;
  /** Leads through the proxy. */
  readonly kubeconfig: string;
  /** Does not. */
  readonly client: ClosableKubeClient;
  readonly #scratch: Scratch;

  private constructor(parts: { plane: ControlPlane; scratch: Scratch; proxy: APIProxy; kubeconfig: string }) {
    this.plane = parts.plane;
    this.#scratch = parts.scratch;
    this.folder = parts.scratch.path;
    this.proxy = parts.proxy;
    this.kubeconfig = parts.kubeconfig;
    this.client = createKubeClient({ kubeconfig: parts.plane.kubeconfig, userAgent: 'everybody-else' });
  }

  static async start(): Promise<Proxied> {
    const [plane, scratch] = await Promise.all([startControlPlane(), createScratch('proxied')]);
    const kubeconfig = join(scratch.path, 'kubeconfig');
    const proxy = await APIProxy.start(plane.kubeconfig, kubeconfig);
    return new Proxied({ plane, scratch, proxy, kubeconfig });
  }

  async close(): Promise<void> {
    this.client.close();
    await this.proxy.close();
    await this.plane.stop();
    await this.#scratch.remove();
  }

  kubectl(args: readonly string[], input = ''): Promise<string> {
    return kubectl(this.plane, args, input);
  }

  /** As the server has them. */
  async list<T extends KubeObject>(resource: Resource<T>, namespace: string): Promise<readonly T[]> {
    return (await this.client.list(resource, { namespace, limit: 500, signal: signal() })).items;
  }

  find<T extends KubeObject>(resource: Resource<T>, name: ObjectName): Promise<T | undefined> {
    return this.client.get(resource, name, signal());
  }

  /** Creates it, or merges it into what is there. */
  async put<T extends KubeObject>(resource: Resource<T>, name: ObjectName, fields: object): Promise<T> {
    const known = await this.find(resource, name);
    if (known !== undefined) return this.client.patch(resource, name, { patch: fields, signal: signal() });
    const { metadata, ...rest } = { metadata: {}, ...fields };
    const object = { ...rest, metadata: { ...metadata, name: name.name } };
    return this.client.create(resource, name.namespace, object, signal());
  }

  /** One that is not there is no failure. */
  async remove(resource: Resource<KubeObject>, name: ObjectName): Promise<void> {
    await this.proxy.remove(pathOf(resource, name));
  }
}

function signal(): AbortSignal {
  return AbortSignal.timeout(CALL_MS);
}
