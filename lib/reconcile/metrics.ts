// Prometheus metrics under controller-runtime's names, so that the dashboards people have work here too.
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { QueueObserver } from './queue.ts';

/** What a visit ended with, in controller-runtime's words. */
export type VisitResult = 'success' | 'error' | 'requeue' | 'requeue_after';

/** Upper bounds in seconds: a visit that finds nothing to do takes milliseconds, a fetch minutes. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

/** One registry of its own, with all that the frame counts. */
export class Metrics {
  readonly registry = new Registry();

  readonly #visits = this.#counter('controller_runtime_reconcile_total', 'Visits.', ['controller', 'result']);
  readonly #errors = this.#counter('controller_runtime_reconcile_errors_total', 'Visits that failed.', [
    'controller',
  ]);
  readonly #visitSeconds = this.#histogram(
    'controller_runtime_reconcile_time_seconds',
    'Duration of visits.',
    ['controller'],
  );
  readonly #active = this.#gauge('controller_runtime_active_workers', 'Visits that are under way.', [
    'controller',
  ]);
  readonly #limit = this.#gauge(
    'controller_runtime_max_concurrent_reconciles',
    'Most visits that may be under way at once.',
    ['controller'],
  );
  readonly #depth = this.#gauge('workqueue_depth', 'Objects that wait for a visit.', ['name', 'controller']);
  readonly #adds = this.#counter('workqueue_adds_total', 'Objects put in line.', ['name', 'controller']);
  readonly #retries = this.#counter('workqueue_retries_total', 'Visits put off after a failure.', [
    'name',
    'controller',
  ]);
  readonly #waited = this.#histogram('workqueue_queue_duration_seconds', 'Time in line before a visit.', [
    'name',
    'controller',
  ]);
  readonly #worked = this.#histogram(
    'workqueue_work_duration_seconds',
    'Time from the end of the line to done.',
    ['name', 'controller'],
  );
  readonly #unfinished = this.#gauge(
    'workqueue_unfinished_work_seconds',
    'Time that all visits under way have taken so far.',
    ['name', 'controller'],
    () => {
      this.#tellAges();
    },
  );
  readonly #longest = this.#gauge(
    'workqueue_longest_running_processor_seconds',
    'Time that the longest of the visits under way has taken so far.',
    ['name', 'controller'],
  );
  readonly #panics = this.#counter(
    'controller_runtime_reconcile_panics_total',
    'Visits that failed by a fault of the controller.',
    ['controller'],
  );
  readonly #terminal = this.#counter(
    'controller_runtime_terminal_reconcile_errors_total',
    'Visits that found what somebody must change, and are not repeated before.',
    ['controller'],
  );
  /** By controller: how long each visit under way has taken so far, in seconds. */
  readonly #ages = new Map<string, () => readonly number[]>();
  readonly #leads = this.#gauge('leader_election_master_status', '1 while this controller leads, else 0.', [
    'name',
  ]);
  readonly #requests = this.#counter('rest_client_requests_total', 'Requests to the API server by answer.', [
    'method',
    'code',
    'host',
  ]);

  /** The page of `/metrics`, and its content type. */
  async expose(): Promise<{ readonly type: string; readonly text: string }> {
    return { type: this.registry.contentType, text: await this.registry.metrics() };
  }

  /**
   * Adds what Prometheus' clients tell of a process: `process_*` and `nodejs_*`. Once a process, by its main program: the
   * observers of garbage collection and event loop that this starts last until its end.
   */
  observeProcess(): void {
    collectDefaultMetrics({ register: this.registry });
  }

  /** Makes all series of one controller exist from the start, so that rates are right from the first event on. */
  declare(controller: string, concurrency: number): void {
    for (const result of ['success', 'error', 'requeue', 'requeue_after'] as const) {
      this.#visits.inc({ controller, result }, 0);
    }
    this.#errors.inc({ controller }, 0);
    this.#panics.inc({ controller }, 0);
    this.#terminal.inc({ controller }, 0);
    this.#active.set({ controller }, 0);
    this.#limit.set({ controller }, concurrency);
  }

  visitStarted(controller: string): void {
    this.#active.inc({ controller });
  }

  visitEnded(controller: string, result: VisitResult, seconds: number): void {
    this.#active.dec({ controller });
    this.#visits.inc({ controller, result });
    if (result === 'error') this.#errors.inc({ controller });
    this.#visitSeconds.observe({ controller }, seconds);
  }

  /** What a visit threw that none throws on purpose; beside `visitEnded`. */
  visitPanicked(controller: string): void {
    this.#panics.inc({ controller });
  }

  /** The object waits for somebody; beside `visitEnded`. */
  visitStalled(controller: string): void {
    this.#terminal.inc({ controller });
  }

  /** What a work queue tells of itself. */
  queue(name: string): QueueObserver {
    const labels = { name, controller: name };
    this.#adds.inc(labels, 0);
    this.#retries.inc(labels, 0);
    this.#depth.set(labels, 0);
    return {
      added: () => {
        this.#adds.inc(labels);
      },
      retried: () => {
        this.#retries.inc(labels);
      },
      depth: (keys) => {
        this.#depth.set(labels, keys);
      },
      waited: (seconds) => {
        this.#waited.observe(labels, seconds);
      },
      worked: (seconds) => {
        this.#worked.observe(labels, seconds);
      },
      running: (ages) => {
        // The queue of a later term takes the place of that of an earlier one.
        this.#ages.set(name, ages);
      },
    };
  }

  /** One request to the API server was answered; `code` is `<error>` where no answer came. */
  request(answer: { readonly method: string; readonly code: string; readonly host: string }): void {
    this.#requests.inc({ method: answer.method, code: answer.code, host: answer.host });
  }

  /** @param lease its name */
  leading(lease: string, isLeading: boolean): void {
    this.#leads.set({ name: lease }, isLeading ? 1 : 0);
  }

  #tellAges(): void {
    for (const [name, ages] of this.#ages) {
      const seconds = ages();
      const labels = { name, controller: name };
      this.#unfinished.set(
        labels,
        seconds.reduce((sum, one) => sum + one, 0),
      );
      this.#longest.set(labels, Math.max(0, ...seconds));
    }
  }

  #counter<L extends string>(name: string, help: string, labelNames: readonly L[]): Counter<L> {
    return new Counter({ name, help, labelNames, registers: [this.registry] });
  }

  /** @param collect called before each answer, to bring it up to date */
  #gauge<L extends string>(
    name: string,
    help: string,
    labelNames: readonly L[],
    collect: () => void = () => undefined,
  ): Gauge<L> {
    return new Gauge({ name, help, labelNames, collect, registers: [this.registry] });
  }

  #histogram<L extends string>(name: string, help: string, labelNames: readonly L[]): Histogram<L> {
    return new Histogram({ name, help, labelNames, buckets: BUCKETS, registers: [this.registry] });
  }
}
