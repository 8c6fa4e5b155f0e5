// Runs the whole frame: caches first, then, while it leads, a controller for each kind, and an orderly end.
import type { Clock } from '../clock.ts';
import { sleepUnlessAborted } from '../deadline.ts';
import type { Load } from '../kube/events.ts';
import type { Cache, KubeClient, KubeObject, ObjectName, Resource } from '../kube/kube.ts';
import { keyOf, nameOf, pathOf } from '../kube/names.ts';
import type { Logger } from '../logger.ts';
import { deservesVisit } from './changes.ts';
import { Controller } from './controller.ts';
import { KindCache } from './kind-cache.ts';
import type { Lane } from './lanes.ts';
import type { Leadership } from './leadership.ts';
import type { Metrics } from './metrics.ts';
import { WorkQueue } from './queue.ts';
import type { MapToNames, Reconciler } from './reconciler.ts';

/** After the end is asked for, visits may finish for this long; then they are cut off. Kubernetes grants 30 s in all. */
const GRACE_MS = 15_000;

/** Visits that were cut off may clean up for this long; then they are left alone. */
const CUT_OFF_MS = 5_000;

export interface ManagerConfig {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly leadership: Pick<Leadership, 'run'>;
  /** Empty: all. */
  readonly namespaces: readonly string[];
  /** Visits at once, for each kind. */
  readonly concurrency: number;
}

/** A change of another object asks for visits. */
export interface Watch<T extends KubeObject> {
  readonly resource: Resource<T>;
  readonly toNames: MapToNames<T>;
  /** Also when nothing but the status changed; default false. */
  readonly includeStatus?: boolean;
  /** The visit comes this much later, milliseconds; changes until then share it. Default 0. */
  readonly afterMs?: number;
}

export interface Registration<T extends KubeObject, W extends readonly KubeObject[]> {
  readonly reconciler: Reconciler;
  /** The reconciler's own kind: a change of an object asks for its visit, save one of its status alone. */
  readonly resource: Resource<T>;
  /** The visit after a change of an object of its own kind comes this much later, milliseconds. Default 0. */
  readonly afterMs?: number;
  readonly watches?: readonly [...{ [K in keyof W]: Watch<W[K]> }];
  /** The objects that share what a visit costs with this one. Default: none. */
  readonly companions?: (object: T) => readonly ObjectName[];
}

type Reflecting = Pick<KindCache<KubeObject>, 'synced' | 'whenSynced' | 'renew' | 'run'>;

type State = 'New' | 'Syncing' | 'Running' | 'Stopping';

/** What a term begins with for one kind, and leaves behind. */
interface Work {
  readonly reconciler: Reconciler;
  readonly cache: Pick<Cache<KubeObject>, 'list'>;
  readonly companions: (key: string) => readonly string[];
  /** Undefined while another controller leads: who begins to lead visits every object anyway. */
  queue: WorkQueue | undefined;
}

export class Manager {
  readonly #config: ManagerConfig;
  /** Each is the KindCache of the type that its key, the address of the resource, stands for. */
  readonly #caches = new Map<string, Reflecting>();
  readonly #works: Work[] = [];
  #controllers: readonly Controller[] = [];
  #state: State = 'New';

  constructor(config: ManagerConfig) {
    this.#config = config;
  }

  /** All caches are complete: visits are made, or would be made at once if the leader went away. */
  get ready(): boolean {
    return this.#state === 'Running' && [...this.#caches.values()].every((cache) => cache.synced);
  }

  /** False when only a restart of the process helps. */
  get healthy(): boolean {
    return this.#controllers.every((controller) => controller.healthy);
  }

  /** `Busy`: objects of some kind wait for their visit, or half as many are visited as can be at once. */
  get load(): Load {
    if (this.#works.some(({ queue }) => queue !== undefined && queue.depth > 0)) return 'Busy';
    const most = Math.max(0, ...this.#controllers.map(({ visiting }) => visiting.length));
    if (most >= this.#config.concurrency / 2) return 'Busy';
    return most > 0 ? 'Working' : 'Idle';
  }

  /** The local copy of a kind; the same one each time. A new kind must be asked for before `run`. */
  cache<T extends KubeObject>(resource: Resource<T>): Cache<T> {
    return this.#cache(resource);
  }

  /**
   * Adds a kind, before `run`. What it returns asks for a visit for other reasons than a change in Kubernetes: those mostly
   * concern many objects at once, so that it comes in the background.
   */
  register<T extends KubeObject, const W extends readonly KubeObject[] = []>(
    registration: Registration<T, W>,
  ): { readonly enqueue: (name: ObjectName) => void } {
    const { reconciler, resource, watches, afterMs = 0 } = registration;
    const companions = companionsIn(this.#cache(resource), registration.companions);
    const work: Work = { reconciler, cache: this.#cache(resource), companions, queue: undefined };
    const enqueue = (name: ObjectName): void => {
      work.queue?.add(keyOf(name), 'Background');
    };
    this.#cache(resource).subscribe((change) => {
      if (deservesVisit(change)) work.queue?.addAfter(keyOf(change.object.metadata), afterMs);
    });
    for (const watch of watches ?? []) {
      this.#watch(watch, (key, lane) => {
        work.queue?.addAfter(key, watch.afterMs ?? 0, lane);
      });
    }
    this.#works.push(work);
    return { enqueue };
  }

  /**
   * Fills the caches and, in each term, visits what there is and what changes, until the signal aborts. Then no visit
   * begins any more; those under way may finish within a grace period before they are cut off. When a term is lost, they
   * are cut off at once.
   */
  async run(signal: AbortSignal): Promise<void> {
    if (this.#state !== 'New') throw new Error('A manager runs once.');
    this.#state = 'Syncing';
    const caches = [...this.#caches.values()];
    const reflecting = new AbortController();
    const reflections = caches.map((cache) => cache.run(reflecting.signal));
    const end = untilAborts(signal);
    try {
      await Promise.race([Promise.all(caches.map((cache) => cache.whenSynced())), end]);
      if (signal.aborted) return;
      this.#config.logger.info('The caches are complete.');
      this.#state = 'Running';
      void end.then(() => {
        this.#state = 'Stopping';
      });
      await this.#config.leadership.run((term) => this.#visitUntil(end, term), signal);
    } finally {
      this.#state = 'Stopping';
      reflecting.abort();
      await Promise.all(reflections);
    }
  }

  async #visitUntil(end: Promise<void>, term: AbortSignal): Promise<void> {
    const lost = untilAborts(term);
    // The watch of who only waited may lag behind what the leader before has written and done.
    const renewed = Promise.all([...this.#caches.values()].map((cache) => cache.renew())).then(() => true);
    const isOver = Promise.race([end, lost]).then(() => false);
    if (!(await Promise.race([renewed, isOver]))) return;
    const visiting = new AbortController();
    this.#controllers = this.#works.map((work) => this.#begin(work));
    const visits = Promise.all(this.#controllers.map((controller) => controller.run(visiting.signal)));
    await Promise.race([end, lost, visits]);
    for (const work of this.#works) {
      work.queue?.shutDown();
      work.queue = undefined;
    }
    if (await this.#settles(visits, GRACE_MS, lost)) return;
    visiting.abort(term.aborted ? term.reason : new Error('The controller is shutting down.'));
    if (await this.#settles(visits, CUT_OFF_MS)) return;
    const objects = this.#controllers.flatMap((controller) => controller.visiting);
    this.#config.logger.error('Visits did not end although they were cut off.', { objects });
    // No other term begins beside them.
    await Promise.race([end, visits]);
  }

  #begin(work: Work): Controller {
    const { reconciler, cache, companions } = work;
    const { clock, logger, metrics, concurrency } = this.#config;
    const queue = new WorkQueue({ clock, observer: metrics.queue(reconciler.name) });
    // What comes into being or is changed meanwhile does not wait for all that there is.
    for (const { metadata } of cache.list()) queue.add(keyOf(metadata), 'Background');
    work.queue = queue;
    return new Controller({ reconciler, queue, clock, logger, metrics, concurrency, companions });
  }

  /** False after `ms` milliseconds, or when it is over earlier. */
  async #settles(visits: Promise<unknown>, ms: number, over?: Promise<void>): Promise<boolean> {
    const timer = new AbortController();
    const late = sleepUnlessAborted(this.#config.clock, ms, timer.signal).then(() => false);
    try {
      const early = over === undefined ? [] : [over.then(() => false)];
      return await Promise.race([visits.then(() => true), late, ...early]);
    } finally {
      timer.abort();
    }
  }

  #watch<T extends KubeObject>(watch: Watch<T>, enqueue: (key: string, lane: Lane) => void): void {
    this.#cache(watch.resource).subscribe((change) => {
      const isStatusAlone = !deservesVisit(change);
      if (isStatusAlone && watch.includeStatus !== true) return;
      // What an object no longer points at is asked about too: it may have lost something.
      const before = change.before === undefined ? [] : watch.toNames(change.before);
      const keys = new Set([...before, ...watch.toNames(change.object)].map(keyOf));
      // A status is a controller's, which nobody waits for; while many change, they would be in front of everything.
      for (const key of keys) enqueue(key, isStatusAlone ? 'Background' : 'Front');
    });
  }

  #cache<T extends KubeObject>(resource: Resource<T>): KindCache<T> {
    const key = pathOf(resource);
    const known = this.#caches.get(key);
    if (known !== undefined) return known as KindCache<T>;
    if (this.#state !== 'New')
      throw new Error(`The cache of ${resource.plural} was asked for after the start.`);
    const { client, clock, logger, namespaces } = this.#config;
    const cache = new KindCache<T>({ client, resource, clock, logger }, namespaces);
    this.#caches.set(key, cache);
    return cache;
  }
}

function untilAborts(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  if (signal.aborted) resolve(undefined);
  signal.addEventListener(
    'abort',
    () => {
      resolve(undefined);
    },
    { once: true },
  );
  return promise;
}

function companionsIn<T extends KubeObject>(
  cache: Pick<Cache<T>, 'get'>,
  companions: (object: T) => readonly ObjectName[] = () => [],
): (key: string) => readonly string[] {
  return (key) => {
    const object = cache.get(nameOf(key));
    return object === undefined ? [] : companions(object).map(keyOf);
  };
}
