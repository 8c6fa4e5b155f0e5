// The Lease that controllers compete for, as coordination.k8s.io/v1 has it: read, taken, renewed, given back.
import type { Clock } from '../clock.ts';
import type { KubeClient, KubeObject, ObjectName, Resource } from './kube.ts';

export interface Lease extends KubeObject {
  readonly spec?: {
    /** Empty: it is free. */
    readonly holderIdentity?: string;
    readonly leaseDurationSeconds?: number;
    readonly leaseTransitions?: number;
  };
}

export const LEASE: Resource<Lease> = {
  group: 'coordination.k8s.io',
  version: 'v1',
  plural: 'leases',
  kind: 'Lease',
};

export interface LeaseConfig {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly name: ObjectName;
  /** Ours alone, also among runs of the same program on the same machine. */
  readonly identity: string;
  /** Told to everybody who reads the Lease. */
  readonly durationMs: number;
}

/**
 * One Lease, seen by one who competes for it. Every write names the version that it changes, so that it is refused with
 * `Conflict` when somebody else was first. The times in it are for people: nobody decides by them.
 */
export class LeaseRecord {
  readonly #config: LeaseConfig;

  constructor(config: LeaseConfig) {
    this.#config = config;
  }

  /** Undefined when there is none. */
  read(signal: AbortSignal): Promise<Lease | undefined> {
    return this.#config.client.get(LEASE, this.#config.name, signal);
  }

  isOurs(lease: Lease): boolean {
    return lease.spec?.holderIdentity === this.#config.identity;
  }

  /** Makes us the holder. The transitions grow also when we held it before: each term has a number of its own. */
  take(known: Lease | undefined, signal: AbortSignal): Promise<Lease> {
    const { client, name, identity, durationMs } = this.#config;
    const time = this.#time();
    const spec = {
      holderIdentity: identity,
      leaseDurationSeconds: toWholeSeconds(durationMs),
      leaseTransitions: known === undefined ? 0 : (known.spec?.leaseTransitions ?? 0) + 1,
      acquireTime: time,
      renewTime: time,
    };
    if (known !== undefined) return this.#patch(known, spec, signal);
    return client.create(LEASE, name.namespace, { metadata: name, spec }, signal);
  }

  renew(held: Lease, signal: AbortSignal): Promise<Lease> {
    return this.#patch(held, { renewTime: this.#time() }, signal);
  }

  /** Nobody has to wait for its expiry. */
  async release(held: Lease, signal: AbortSignal): Promise<void> {
    await this.#patch(held, { holderIdentity: '', leaseDurationSeconds: 1, renewTime: this.#time() }, signal);
  }

  #patch(known: Lease, spec: object, signal: AbortSignal): Promise<Lease> {
    const { resourceVersion } = known.metadata;
    const patch = { metadata: { resourceVersion }, spec };
    return this.#config.client.patch(LEASE, this.#config.name, { patch, signal });
  }

  /** Kubernetes' MicroTime. */
  #time(): string {
    return this.#config.clock.now().toISOString().replace('Z', '000Z');
  }
}

function toWholeSeconds(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1_000));
}
