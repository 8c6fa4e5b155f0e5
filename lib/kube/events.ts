// Kubernetes Events about what the controller did: what `kubectl describe` shows below an object.
import { createHash } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { sleepUnlessAborted, startDeadline } from '../deadline.ts';
import { TransientError, messageOf } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { backoffMs } from '../reconcile/backoff.ts';
import { toSeconds } from '../reconcile/conditions.ts';
import type { EventRecorder, KubeClient, KubeObject, ObjectName, Resource } from './kube.ts';

/** Events that wait to be sent, some MiB of them; beyond this the newest are dropped, and counted in the log. */
const MAX_WAITING = 10_000;

/** An event with the same words about the same object within this long raises a count; milliseconds. */
const WINDOW_MS = 60 * 60_000;

/** While objects wait for their visit an event waits, too, but no longer than this; milliseconds. */
const PATIENCE_MS = 30_000;

/** How often it is asked whether there is more to do than to tell; milliseconds. */
const LOOK_MS = 250;

/** Beside visits, the time between two Events is so many times what one has taken: most of the API server is for visits. */
const TIMES_APART = 3;

/** Longest message of an event, in characters. */
const MAX_MESSAGE = 1024;

const ATTEMPTS = 4;
const BACKOFF_BASE_MS = 500;
const BACKOFF_CAP_MS = 10_000;

export interface EventRecorderConfig {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Who reports, as shown under `From`. */
  readonly component: string;
  /** How much other work there is, which is more urgent for the API server. Default: none. */
  readonly load?: () => Load;
}

/** `Busy`: so much that nothing else should go on. */
export type Load = 'Idle' | 'Working' | 'Busy';

/** An event of core/v1, the form that every version of kubectl shows with its count. */
interface CoreEvent extends KubeObject {
  readonly count?: number;
}

const EVENT: Resource<CoreEvent> = { group: '', version: 'v1', plural: 'events', kind: 'Event' };

/** What an event tells of its object: a whole one would be held in memory until its event is sent. */
type About = Pick<KubeObject, 'apiVersion' | 'kind'> & {
  readonly metadata: Pick<KubeObject['metadata'], 'name' | 'namespace' | 'uid' | 'resourceVersion'>;
};

interface Waiting {
  readonly object: About;
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  readonly time: Date;
}

/** Sends in the background, one after the other, and after what is more urgent. */
export interface FlushableEventRecorder extends EventRecorder {
  /** Resolves when all recorded so far is sent or given up; after `ms` milliseconds the rest is dropped. */
  flush(ms: number): Promise<void>;
}

export function createEventRecorder(config: EventRecorderConfig): FlushableEventRecorder {
  return new CoreEventRecorder(config);
}

class CoreEventRecorder implements FlushableEventRecorder {
  readonly #config: EventRecorderConfig;
  readonly #waiting: Waiting[] = [];
  readonly #stop = new AbortController();
  /** From when on nothing is waited for. */
  readonly #hurry = new AbortController();
  #sending: Promise<void> | undefined;
  #dropped = 0;

  constructor(config: EventRecorderConfig) {
    this.#config = config;
  }

  record(
    object: KubeObject,
    event: { readonly type: 'Normal' | 'Warning'; readonly reason: string; readonly message: string },
  ): void {
    if (this.#waiting.length >= MAX_WAITING) {
      this.#dropped += 1;
      return;
    }
    const { apiVersion, kind, metadata } = object;
    const { name, namespace, uid, resourceVersion } = metadata;
    const about = { apiVersion, kind, metadata: { name, namespace, uid, resourceVersion } };
    const message = event.message.slice(0, MAX_MESSAGE);
    this.#waiting.push({ ...event, object: about, message, time: this.#config.clock.now() });
    this.#sending ??= this.#sendAll();
  }

  async flush(ms: number): Promise<void> {
    this.#hurry.abort();
    using deadline = startDeadline(this.#config.clock, ms, this.#stop.signal);
    deadline.signal.addEventListener('abort', () => {
      this.#waiting.length = 0;
      this.#stop.abort();
    });
    await this.#sending;
  }

  async #sendAll(): Promise<void> {
    for (let event = this.#waiting.shift(); event !== undefined; event = this.#waiting.shift()) {
      await this.#waitForCalm(event);
      const begun = this.#config.clock.now().getTime();
      await this.#send(event);
      if (this.#waiting.length > 0) await this.#giveWay(this.#config.clock.now().getTime() - begun);
    }
    this.#sending = undefined;
    if (this.#dropped > 0) {
      this.#config.logger.warn('Events were dropped: more were recorded than the API server took.', {
        dropped: this.#dropped,
      });
      this.#dropped = 0;
    }
  }

  async #waitForCalm({ time }: Waiting): Promise<void> {
    const { clock } = this.#config;
    const isYoung = (): boolean => clock.now().getTime() - time.getTime() < PATIENCE_MS;
    while (this.#load === 'Busy' && isYoung() && !this.#hurry.signal.aborted) {
      await sleepUnlessAborted(clock, LOOK_MS, this.#hurry.signal);
    }
  }

  async #giveWay(tookMs: number): Promise<void> {
    if (this.#load === 'Idle' || this.#hurry.signal.aborted) return;
    await sleepUnlessAborted(this.#config.clock, Math.min(tookMs * TIMES_APART, LOOK_MS), this.#hurry.signal);
  }

  get #load(): Load {
    return this.#config.load?.() ?? 'Idle';
  }

  /** An Event is a courtesy: one that cannot be sent is logged, and nothing else depends on it. */
  async #send(event: Waiting): Promise<void> {
    for (let failures = 1; ; failures += 1) {
      try {
        await this.#put(event);
        return;
      } catch (error) {
        const mayPass = error instanceof TransientError && failures < ATTEMPTS && !this.#stop.signal.aborted;
        if (!mayPass || !(await this.#pause(failures))) {
          const { reason, object } = event;
          const { namespace, name } = object.metadata;
          const fields = { object: `${namespace}/${name}`, reason, error: messageOf(error) };
          this.#config.logger.warn('An event was not recorded.', fields);
          return;
        }
      }
    }
  }

  /** False when the recorder stops meanwhile. */
  async #pause(failures: number): Promise<boolean> {
    const ms = backoffMs({
      failures,
      baseMs: BACKOFF_BASE_MS,
      capMs: BACKOFF_CAP_MS,
      random: Math.random,
    });
    return this.#config.clock.sleep(ms, this.#stop.signal).then(
      () => true,
      () => false,
    );
  }

  /** Creates it; when there is one with the same words, whose name is made of them, its count is raised. */
  async #put(event: Waiting): Promise<void> {
    const { namespace } = event.object.metadata;
    const name = nameOfEvent(event);
    try {
      await this.#config.client.create(EVENT, namespace, this.#bodyOf(name, event), this.#stop.signal);
    } catch (error) {
      if (!(error instanceof TransientError && error.reason === 'Conflict')) throw error;
      await this.#raise({ namespace, name }, event.time);
    }
  }

  async #raise(name: ObjectName, time: Date): Promise<void> {
    const { client } = this.#config;
    const known = await client.get(EVENT, name, this.#stop.signal);
    if (known === undefined) return;
    const { resourceVersion } = known.metadata;
    const patch = {
      metadata: { resourceVersion },
      count: (known.count ?? 1) + 1,
      lastTimestamp: toSeconds(time),
    };
    await client.patch(EVENT, name, { patch, signal: this.#stop.signal });
  }

  #bodyOf(name: string, event: Waiting): object {
    const { apiVersion, kind, metadata } = event.object;
    const { namespace, uid, resourceVersion } = metadata;
    const time = toSeconds(event.time);
    return {
      metadata: { name, namespace },
      involvedObject: { apiVersion, kind, namespace, name: metadata.name, uid, resourceVersion },
      type: event.type,
      reason: event.reason,
      message: event.message,
      source: { component: this.#config.component },
      reportingComponent: this.#config.component,
      firstTimestamp: time,
      lastTimestamp: time,
      count: 1,
    };
  }
}

/** `<object>.<hash>`, at most 253 characters. */
function nameOfEvent(event: Waiting): string {
  const { uid, name } = event.object.metadata;
  const window = Math.floor(event.time.getTime() / WINDOW_MS);
  const words = JSON.stringify([uid, event.type, event.reason, event.message, window]);
  return `${name.slice(0, 230)}.${createHash('sha256').update(words).digest('hex').slice(0, 16)}`;
}
