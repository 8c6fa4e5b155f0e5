// What a Docker engine tells of its containers: one stream of events for all who listen, for as long as somebody does.
import { systemClock, type Clock } from '../clock.ts';
import { sleepUnlessAborted, startDeadline, untilAborted } from '../deadline.ts';
import { messageOf } from '../errors.ts';
import type { Logger } from '../logger.ts';
import type { Engine } from './docker-engine.ts';
import { readEvents, TOLD, type ContainerEvent } from './docker-event-stream.ts';

/** Undefined: something may have been missed, as the stream has begun or broken off. */
export type EngineListener = (event: ContainerEvent | undefined) => void;

/** The engine answers at once, also when there is nothing to tell; milliseconds. */
const CONNECT_MS = 10_000;

/** A stream is begun anew after this: a half-open connection is as silent as an engine where nothing happens. */
const RENEW_MS = 5 * 60_000;

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;

/** Keeps one stream for each engine that somebody listens to. */
export class EngineEvents {
  readonly #streams = new Map<string, EventStream>();
  readonly #logger: Logger;
  readonly #clock: Clock;

  constructor(options: { readonly logger: Logger; readonly clock?: Clock }) {
    this.#logger = options.logger;
    this.#clock = options.clock ?? systemClock;
  }

  /** Calls the listener until it is disposed; the first time as soon as the stream has begun. */
  listen(engine: Engine, listener: EngineListener): Disposable {
    const stream =
      this.#streams.get(engine.key) ?? new EventStream({ engine, logger: this.#logger, clock: this.#clock });
    this.#streams.set(engine.key, stream);
    stream.listeners.add(listener);
    return {
      [Symbol.dispose]: () => {
        stream.listeners.delete(listener);
        if (stream.listeners.size > 0 || this.#streams.get(engine.key) !== stream) return;
        this.#streams.delete(engine.key);
        stream.end();
      },
    };
  }
}

interface StreamOptions {
  readonly engine: Engine;
  readonly logger: Logger;
  readonly clock: Clock;
}

class EventStream {
  readonly listeners = new Set<EngineListener>();
  readonly #options: StreamOptions;
  readonly #ended = new AbortController();

  constructor(options: StreamOptions) {
    this.#options = options;
    void this.#run();
  }

  end(): void {
    this.#ended.abort(new Error('nobody listens any more'));
  }

  /** Never rejects. */
  async #run(): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#ended;
    for (let failures = 0; !signal.aborted;) {
      failures = (await this.#follow(failures)) ? 0 : failures + 1;
      const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** failures);
      await sleepUnlessAborted(clock, longest * (0.5 + 0.5 * Math.random()), signal);
    }
  }

  /** One connection, until it breaks off. @returns false when there was none */
  async #follow(failures: number): Promise<boolean> {
    const { engine, logger, clock } = this.#options;
    using renewal = startDeadline(clock, RENEW_MS, this.#ended.signal);
    const connection = new AbortController();
    let hasBegun = false;
    try {
      const stream = await this.#connect(AbortSignal.any([renewal.signal, connection.signal]));
      hasBegun = true;
      this.#tell(undefined);
      for await (const event of readEvents(stream)) this.#tell(event);
      throw new Error('it ended the stream');
    } catch (error) {
      if (this.#ended.signal.aborted || renewal.signal.aborted) return hasBegun;
      if (failures === 0) {
        const fields = { engine: engine.address, error: messageOf(error) };
        logger.warn('A Docker engine does not tell of its containers; it is asked again and again.', fields);
      }
      if (hasBegun) this.#tell(undefined);
      return hasBegun;
    } finally {
      connection.abort();
    }
  }

  async #connect(abortSignal: AbortSignal): Promise<AsyncIterable<unknown>> {
    const { engine, clock } = this.#options;
    using deadline = startDeadline(clock, CONNECT_MS, abortSignal);
    const options = { filters: JSON.stringify({ type: ['container'], event: TOLD }), abortSignal };
    const docker = await engine.docker();
    return await untilAborted(docker.getEvents(options), deadline.signal);
  }

  #tell(event: ContainerEvent | undefined): void {
    for (const listener of this.listeners) listener(event);
  }
}
