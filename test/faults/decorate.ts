// Decorators over the controller's adapters: every call to Kubernetes, a workspace or a source passes the gate.
import type { Adapters } from '../../controller/wiring.ts';
import { untilAborted } from '../../lib/deadline.ts';
import { TransientError } from '../../lib/errors.ts';
import type { KubeClient } from '../../lib/kube/kube.ts';
import type { Runtime } from '../../lib/runtimes/runtime.ts';
import type { Source } from '../../lib/sources/source.ts';
import { disturbCommand, readVerb } from './command.ts';
import type { Gate } from './gate.ts';

export function decorate(adapters: Adapters, gate: Gate): Adapters {
  const { runtimes, sources } = adapters;
  const failures: Failures = new Map();
  return {
    ...adapters,
    kube: decorateKube(adapters.kube, gate),
    runtimes: { open: (spec) => decorateRuntime(runtimes.open(spec), gate) },
    sources: {
      parse: (url) => sources.parse(url),
      of: (location) => decorateSource(sources.of(location), gate, failures),
      onChange: (listener) => {
        sources.onChange(listener);
      },
    },
  };
}

function decorateKube(kube: KubeClient, gate: Gate): KubeClient {
  const pass = async <T>(name: string, call: () => Promise<T>): Promise<T> =>
    gate.pass({
      name: `kube.${name}`,
      call: async () => {
        if (gate.isCutOff()) throw cutOff(name);
        return call();
      },
    });
  return {
    list: async (resource, request) =>
      pass(`list ${resource.plural}`, async () => kube.list(resource, request)),
    watch: (resource, request) => silenced(kube.watch(resource, request), gate, request.signal),
    get: async (resource, name, signal) =>
      pass(`get ${resource.plural}`, async () => kube.get(resource, name, signal)),
    create: async (resource, namespace, object, signal) =>
      pass(`create ${resource.plural}`, async () => kube.create(resource, namespace, object, signal)),
    patch: async (resource, name, request) =>
      pass(`patch ${resource.plural}`, async () => kube.patch(resource, name, request)),
    updateStatus: async (resource, object, request) =>
      pass(`update ${resource.plural}/status`, async () => kube.updateStatus(resource, object, request)),
    delete: async (resource, name, request) =>
      pass(`delete ${resource.plural}`, async () => kube.delete(resource, name, request)),
  };
}

/** What the other side of a partition sends does not arrive; once it is healed the stream is found to be broken. */
async function* silenced<T>(events: AsyncIterable<T>, gate: Gate, signal: AbortSignal): AsyncGenerator<T> {
  if (gate.isCutOff()) throw cutOff('watch');
  for await (const event of events) {
    if (gate.isCutOff()) {
      await untilAborted(gate.released, signal);
      throw cutOff('watch');
    }
    yield event;
  }
}

function cutOff(what: string): TransientError {
  return new TransientError('APIUnavailable', `${what} does not get through, on purpose`);
}

function decorateRuntime(runtime: Runtime, gate: Gate): Runtime {
  const { watch, stay } = runtime;
  return {
    kind: runtime.kind,
    pluginsPath: runtime.pluginsPath,
    restarts: runtime.restarts,
    ...(watch === undefined ? {} : { watch: (onChange) => watch.call(runtime, onChange) }),
    ...(stay === undefined
      ? {}
      : {
          stay: async (signal) =>
            gate.pass({ name: 'runtime.stay', call: async () => stay.call(runtime, signal) }),
        }),
    probe: async (signal) => gate.pass({ name: 'runtime.probe', call: async () => runtime.probe(signal) }),
    restart: async (signal) =>
      gate.pass({ name: 'runtime.restart', call: async () => runtime.restart(signal) }),
    run: async (command) => {
      const { verb, stdin } = await readVerb(command.stdin);
      return gate.pass({
        name: `runtime.run ${verb}`,
        call: async (disturbance) => runtime.run(disturbCommand({ ...command, stdin }, disturbance)),
        isWell: ({ exitCode }) => exitCode === 0,
      });
    },
  };
}

/** When the source of a repository failed last: from then on, as its contract has it, no older answer is given. */
type Failures = Map<string, Date>;

function decorateSource(source: Source, gate: Gate, failures: Failures): Source {
  return {
    kind: source.kind,
    resolve: async (request) => {
      const failed = failures.get(request.repository);
      const isNewer = failed !== undefined && failed > request.notOlderThan;
      const asked = isNewer ? { ...request, notOlderThan: failed } : request;
      return gate.pass({
        name: 'source.resolve',
        call: async () => source.resolve(asked),
        onFailure: () => {
          failures.set(request.repository, new Date());
        },
      });
    },
    fetch: async (request) => gate.pass({ name: 'source.fetch', call: async () => source.fetch(request) }),
  };
}
