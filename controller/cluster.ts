// Which cluster this is, and which objects of it are gone: what the claim on a workspace is told apart by.
import { TransientError } from '../lib/errors.ts';
import type { KubeClient, KubeObject, Resource } from '../lib/kube/kube.ts';
import { nameOf } from '../lib/kube/names.ts';
import type { Claim } from '../lib/target/claim.ts';
import { WORKSPACE } from './api/group.ts';
import type { Workspace } from './api/workspace.ts';

const NAMESPACE: Resource<KubeObject> = { group: '', version: 'v1', plural: 'namespaces', kind: 'Namespace' };

/** Every cluster has it, and keeps it for as long as it lives. */
const SYSTEM = { namespace: '', name: 'kube-system' };

const CALL_MS = 10_000;

export class Cluster {
  readonly #kube: Pick<KubeClient, 'get'>;
  #uid: string | undefined;

  constructor(kube: Pick<KubeClient, 'get'>) {
    this.#kube = kube;
  }

  /** What a Workspace leaves in its workspace. @throws whatever the API server fails with */
  async claimOf({ metadata: { namespace, name, uid } }: Workspace): Promise<Claim> {
    return { cluster: await this.#identity(), object: `${namespace}/${name}`, uid };
  }

  /** Is there no such Workspace any more? One of its name may have been made since. */
  async isGone({ object, uid }: Claim, signal: AbortSignal): Promise<boolean> {
    const found = await this.#kube.get(WORKSPACE, nameOf(object), signal);
    return found?.metadata.uid !== uid;
  }

  async #identity(): Promise<string> {
    if (this.#uid !== undefined) return this.#uid;
    const system = await this.#kube.get(NAMESPACE, SYSTEM, AbortSignal.timeout(CALL_MS));
    if (system === undefined) {
      const message =
        'there is no namespace kube-system, by which the cluster is told apart: is the cluster just starting?';
      throw new TransientError('APIUnavailable', message);
    }
    this.#uid = system.metadata.uid;
    return this.#uid;
  }
}
