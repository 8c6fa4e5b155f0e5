// Visits the objects of one kind: workers take names from the queue, and one switch says when each comes again.
import type { Clock } from '../clock.ts';
import { startDeadline } from '../deadline.ts';
import { PermanentError, TransientError, messageOf } from '../errors.ts';
import { nameOf } from '../kube/names.ts';
import type { Logger } from '../logger.ts';
import type { Metrics, VisitResult } from './metrics.ts';
import type { Outcome } from './outcome.ts';
import { RETRY_CAP_MS, type WorkQueue } from './queue.ts';
import type { Reconciler } from './reconciler.ts';

/** A visit may fetch (5 minutes by default) and install; beyond this it is cut off. */
const VISIT_TIMEOUT_MS = 30 * 60_000;

/** A visit that goes on for this long after it was cut off hangs: only a restart of the process helps. */
const OVERRUN_MS = 60_000;

/** With companions, times the visits at once. */
const MOST_AT_ONCE = 1.125;

export interface ControllerConfig {
  readonly reconciler: Reconciler;
  readonly queue: WorkQueue;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Visits at once; most of a visit is waiting, so that a hundred are cheap. */
  readonly concurrency: number;
  /** The objects that share their commands with this one, which may be among them. Default: none. */
  readonly companions?: (key: string) => readonly string[];
}

export class Controller {
  readonly #config: ControllerConfig;
  readonly #logger: Logger;
  /** Beginning of each visit that is under way, in milliseconds. */
  readonly #visits = new Map<string, number>();
  /** Workers that have nothing to do until a visit ends. */
  readonly #parked: (() => void)[] = [];

  constructor(config: ControllerConfig) {
    this.#config = config;
    this.#logger = config.logger.with({ controller: config.reconciler.name });
    config.metrics.declare(config.reconciler.name, config.concurrency);
  }

  /** Names of the objects that are being visited, as `namespace/name`. */
  get visiting(): readonly string[] {
    return [...this.#visits.keys()];
  }

  /** False when a visit hangs although it was cut off. */
  get healthy(): boolean {
    const hung = this.#now() - VISIT_TIMEOUT_MS - OVERRUN_MS;
    return [...this.#visits.values()].every((begun) => begun > hung);
  }

  /** Visits until the queue is shut down and what is under way has ended; aborting the signal cuts visits off. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all(Array.from({ length: this.#config.concurrency }, () => this.#work(signal)));
  }

  async #work(signal: AbortSignal): Promise<void> {
    for (let key = await this.#next(); key !== undefined; key = await this.#next()) {
      const together = [key, ...this.#takeCompanions(key)];
      await Promise.all(together.map((one) => this.#visitOnce(one, signal)));
    }
  }

  /** Not while more are visited than are to be: the next group would find no room. */
  async #next(): Promise<string | undefined> {
    const { queue, concurrency } = this.#config;
    while (queue.atWork >= concurrency) await new Promise<void>((resolve) => this.#parked.push(resolve));
    return queue.next();
  }

  async #visitOnce(key: string, signal: AbortSignal): Promise<void> {
    try {
      await this.#visit(key, signal);
    } finally {
      this.#config.queue.done(key);
      this.#parked.shift()?.();
    }
  }

  /**
   * What waits for its visit and would share the commands of this one goes along, a few more at once than there are to be: the
   * last to find room would else go first and alone, and the next group after it as well.
   */
  #takeCompanions(key: string): readonly string[] {
    const { queue, concurrency, companions } = this.#config;
    if (companions === undefined || queue.depth === 0) return [];
    const most = Math.floor(concurrency * MOST_AT_ONCE);
    const taken: string[] = [];
    for (const other of companions(key)) {
      if (queue.atWork >= most) break;
      if (queue.take(other)) taken.push(other);
    }
    return taken;
  }

  async #visit(key: string, signal: AbortSignal): Promise<void> {
    const { reconciler, clock, metrics } = this.#config;
    const begun = this.#now();
    this.#visits.set(key, begun);
    metrics.visitStarted(reconciler.name);
    using deadline = startDeadline(clock, VISIT_TIMEOUT_MS, signal);
    let result: VisitResult = 'error';
    try {
      result = this.#follow(key, await reconciler.reconcile(nameOf(key), deadline.signal));
    } catch (error) {
      this.#retry(key, error, signal);
    } finally {
      this.#visits.delete(key);
      metrics.visitEnded(reconciler.name, result, (this.#now() - begun) / 1000);
    }
  }

  /** The one place that turns an outcome into a queue action. */
  #follow(key: string, outcome: Outcome): VisitResult {
    const { queue } = this.#config;
    queue.forget(key);
    switch (outcome.kind) {
      case 'Settled':
        if (outcome.requeueAfterMs === undefined) return 'success';
        // What has more to do at once goes on with what was begun.
        queue.addAfter(key, outcome.requeueAfterMs, outcome.requeueAfterMs > 0 ? 'Background' : 'Front');
        return 'requeue_after';
      case 'Retry':
        queue.addAfter(key, outcome.afterMs, 'Background');
        return 'requeue';
      case 'Stalled':
        this.#config.metrics.visitStalled(this.#config.reconciler.name);
        return 'success';
      case 'Gone':
        return 'success';
    }
  }

  /** The one place that turns what a visit threw into a queue action. */
  #retry(key: string, error: unknown, signal: AbortSignal): void {
    const { queue } = this.#config;
    const fields = { object: key, error: messageOf(error) };
    if (signal.aborted) {
      this.#logger.info('A visit was cut off.', fields);
    } else if (error instanceof TransientError) {
      // A conflict says that the view was stale, which happens every day.
      this.#logger[error.reason === 'Conflict' ? 'debug' : 'warn']('A visit failed and is repeated.', fields);
      queue.retry(key, error.retryAfterMs);
    } else if (error instanceof PermanentError && error.reason === 'NotFound') {
      this.#logger.debug('The object was deleted during its visit.', fields);
      queue.retry(key);
    } else if (error instanceof PermanentError) {
      this.#logger.error('A visit was refused by the API server and is repeated seldom.', fields);
      queue.retry(key, RETRY_CAP_MS);
    } else {
      this.#config.metrics.visitPanicked(this.#config.reconciler.name);
      const stack = error instanceof Error ? error.stack : undefined;
      this.#logger.error('A visit failed unexpectedly and is repeated.', { ...fields, stack });
      queue.retry(key);
    }
  }

  #now(): number {
    return this.#config.clock.now().getTime();
  }
}
