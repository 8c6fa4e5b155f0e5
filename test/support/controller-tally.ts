// Counts what the controller does to the world, by decorating its adapters: commands, writes, log lines.
import type { Adapters } from '../../controller/wiring.ts';
import type { KubeClient, KubeObject, StatusObject } from '../../lib/kube/kube.ts';
import { overhearing } from './canaries.ts';
import type { Fields, Logger } from '../../lib/logger.ts';
import type { Command, ContainerRef, Runtime, RuntimeSpec } from '../../lib/runtimes/runtime.ts';

/** One command that ran in a workspace. */
export interface RunCommand {
  readonly kind: 'look' | 'change';
  /** The container, or the folder. */
  readonly place: string;
}

/** One write that the API server accepted, or has been sent. */
export interface Write {
  readonly plural: string;
  readonly name: string;
  /** `update`: of the status. */
  readonly verb: 'create' | 'patch' | 'update' | 'delete';
}

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: Fields;
}

export class Tally {
  readonly commands: RunCommand[] = [];
  readonly writes: Write[] = [];
  readonly lines: LogLine[] = [];
  readonly #hear = overhearing('logs of controllers');
  readonly #onStatus: (object: StatusObject) => void;

  /** @param onStatus is given each object as the server has it after one of our status writes */
  constructor(onStatus: (object: StatusObject) => void) {
    this.#onStatus = onStatus;
  }

  /** How many commands of this kind ran, in one workspace or in all. */
  commandsOf(kind: RunCommand['kind'], place?: string): number {
    return this.commands.filter((one) => one.kind === kind && (place ?? one.place) === one.place).length;
  }

  writesTo(plural: string): number {
    return this.writes.filter((write) => write.plural === plural).length;
  }

  /** The same adapters, counted. */
  over(adapters: Adapters): Adapters {
    const runtimes = { open: (spec: RuntimeSpec) => this.#runtime(adapters.runtimes.open(spec), spec) };
    return { ...adapters, runtimes, kube: this.#kube(adapters.kube) };
  }

  /** Keeps warnings and errors, and what the controller says at its start. */
  logger(fields: Fields = {}): Logger {
    const keep = (level: LogLine['level']) => (message: string, more?: Fields) => {
      this.#hear(`${JSON.stringify({ ...fields, ...more, message })}\n`);
      if (level !== 'debug') this.lines.push({ level, message, fields: { ...fields, ...more } });
    };
    return {
      debug: keep('debug'),
      info: keep('info'),
      warn: keep('warn'),
      error: keep('error'),
      with: (more) => this.logger({ ...fields, ...more }),
    };
  }

  #runtime(inner: Runtime, spec: RuntimeSpec): Runtime {
    const place = spec.kind === 'docker' ? placeOf(spec.container) : spec.path;
    const watch = inner.watch?.bind(inner);
    return {
      ...(watch === undefined ? {} : { watch }),
      kind: inner.kind,
      pluginsPath: inner.pluginsPath,
      restarts: inner.restarts,
      restart: (signal) => inner.restart(signal),
      probe: (signal) => inner.probe(signal),
      run: (command) =>
        inner.run({ ...command, stdin: this.#overhear(command.stdin, place) } satisfies Command),
    };
  }

  /** The third line of a batch says whether it looks or changes. */
  async *#overhear(stdin: AsyncIterable<Uint8Array>, place: string): AsyncGenerator<Uint8Array> {
    let head: string | undefined = '';
    for await (const chunk of stdin) {
      if (head !== undefined) {
        head += Buffer.from(chunk).toString('latin1');
        const kind = /^[^\n]*\n[^\n]*\n(look|change) /.exec(head)?.[1];
        if (kind === 'look' || kind === 'change') {
          this.commands.push({ kind, place });
          head = undefined;
        }
      }
      yield chunk;
    }
  }

  #kube(inner: KubeClient): KubeClient {
    return {
      list: (resource, request) => inner.list(resource, request),
      watch: (resource, request) => inner.watch(resource, request),
      get: (resource, name, signal) => inner.get(resource, name, signal),
      create: async (resource, namespace, object, signal) => {
        const { name } = (object as KubeObject).metadata;
        const write = { plural: resource.plural, name, verb: 'create' } as const;
        return this.#count(write, async () => inner.create(resource, namespace, object, signal));
      },
      patch: async (resource, name, request) => {
        const write = { plural: resource.plural, name: name.name, verb: 'patch' } as const;
        return this.#count(write, async () => inner.patch(resource, name, request));
      },
      updateStatus: async (resource, seen, request) => {
        const write = { plural: resource.plural, name: seen.metadata.name, verb: 'update' } as const;
        const object = await this.#count(write, async () => inner.updateStatus(resource, seen, request));
        this.#onStatus(object);
        return object;
      },
      delete: async (resource, name, request) => {
        const write = { plural: resource.plural, name: name.name, verb: 'delete' } as const;
        await this.#count(write, async () => inner.delete(resource, name, request));
      },
    };
  }

  /** From when it is sent: who watches the API server may know of it before we have the reply. */
  async #count<T>(write: Write, send: () => Promise<T>): Promise<T> {
    this.writes.push(write);
    try {
      return await send();
    } catch (error) {
      this.writes.splice(this.writes.indexOf(write), 1);
      throw error;
    }
  }
}

function placeOf(container: ContainerRef): string {
  return typeof container === 'string' ? container : JSON.stringify(container);
}
