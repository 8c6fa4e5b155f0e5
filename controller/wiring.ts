// The composition root: opens the adapters and puts the reconcilers together; nothing else knows an implementation.
import { mkdir } from 'node:fs/promises';
import { WORKSPACE, WORKSPACE_PLUGIN } from './api/group.ts';
import type { WorkspacePlugin } from './api/workspace-plugin.ts';
import type { Workspace } from './api/workspace.ts';
import type { Config } from './config.ts';
import { createReach } from './reach.ts';
import { createWorkspacePluginReconciler } from './workspace-plugin/reconciler.ts';
import { createWorkspaceReconciler } from './workspace/reconciler.ts';
import { systemClock, type Clock } from '../lib/clock.ts';
import { createKubeClient } from '../lib/kube/client.ts';
import { createEventRecorder } from '../lib/kube/events.ts';
import type { Cache, KubeClient, ObjectName } from '../lib/kube/kube.ts';
import { readSecret } from '../lib/kube/secret.ts';
import type { Logger } from '../lib/logger.ts';
import { serveHTTP } from '../lib/reconcile/http.ts';
import { Manager } from '../lib/reconcile/manager.ts';
import { Metrics } from '../lib/reconcile/metrics.ts';
import { createRuntimes } from '../lib/runtimes/registry.ts';
import type { Runtime, RuntimeSpec } from '../lib/runtimes/runtime.ts';
import { createSources, type Sources } from '../lib/sources/registry.ts';
import { parseTrack } from '../lib/sources/track.ts';
import { createSession } from '../lib/target/session.ts';
import { Sessions } from '../lib/target/sessions.ts';

const NAME = 'workspace-plugin-controller';

/** Counts in a Workspace follow its plugins by this much, so that many changes cost one write; milliseconds. */
const COUNTS_FOLLOW_MS = 2_000;

const EVENT_FLUSH_MS = 2_000;

/** A Secret that does not come within this is asked for again at the next visit; milliseconds. */
const READ_MS = 10_000;

/** Every way in which the controller touches the world. Decorators over these see, and may disturb, every effect. */
export interface Adapters {
  readonly clock: Clock;
  readonly kube: KubeClient;
  readonly runtimes: { open(spec: RuntimeSpec): Runtime };
  readonly sources: Sources;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

/** Opens the real adapters. @throws PermanentError for a configuration that cannot work */
export async function openAdapters(config: Config, logger: Logger): Promise<Adapters> {
  const { kubeconfig, dockerHost, directoryRoots, searchPath, cacheDir } = config;
  await mkdir(cacheDir, { recursive: true });
  const metrics = new Metrics();
  const kube = createKubeClient({
    kubeconfig,
    userAgent: NAME,
    onAnswer: (answer) => {
      metrics.request(answer);
    },
  });
  return {
    clock: systemClock,
    kube,
    runtimes: createRuntimes({ dockerHost, directoryRoots, searchPath, logger }),
    sources: createSources({ ...config, clock: systemClock, logger }),
    metrics,
    logger,
  };
}

/** Runs until the signal aborts; resolves when all work has ended. */
export async function run(config: Config, adapters: Adapters, signal: AbortSignal): Promise<void> {
  const { kube, clock, logger, metrics } = adapters;
  const { namespaces, concurrency } = config;
  const manager = new Manager({ client: kube, clock, logger, metrics, namespaces, concurrency });
  const events = createEventRecorder({ client: kube, clock, logger, component: NAME });
  const sessions = register(manager, config, adapters, events);
  const server = await serveHTTP({ address: config.metricsAddress, manager, metrics });
  logger.info('started', { metricsAddress: server.address });
  try {
    await manager.run(signal);
    await events.flush(EVENT_FLUSH_MS);
  } finally {
    sessions.close();
    await server.close();
  }
}

function register(
  manager: Manager,
  config: Config,
  adapters: Adapters,
  events: ReturnType<typeof createEventRecorder>,
): { close(): void } {
  const { kube, clock, logger, sources } = adapters;
  const [workspaces, plugins] = [manager.cache(WORKSPACE), manager.cache(WORKSPACE_PLUGIN)];
  const sessions = new Sessions<RuntimeSpec>(
    (spec) => adapters.runtimes.open(spec),
    (runtime) => createSession({ runtime, epoch: () => epoch, clock, logger }),
    (uid) => {
      visitWorkspace(uid);
    },
  );
  const epoch = { since: clock.now().getTime(), transitions: 0 };
  const reach = createReach({
    sessions,
    hostNamespaces: config.hostNamespaces,
    readSecret: (name) => readSecret(kube, name, AbortSignal.timeout(READ_MS)),
  });
  const common = { kube, clock, logger, events, workspaces, plugins, reach, random: Math.random };
  const { enqueue } = manager.register({
    reconciler: createWorkspacePluginReconciler({ ...common, sources, parseTrack }),
    resource: WORKSPACE_PLUGIN,
    watches: [{ resource: WORKSPACE, includeStatus: true, toNames: (one) => namesIn(one, plugins) }],
  });
  const { enqueue: enqueueWorkspace } = manager.register({
    reconciler: createWorkspaceReconciler({
      ...common,
      drop: (uid) => {
        sessions.drop(uid);
      },
    }),
    resource: WORKSPACE,
    watches: [
      {
        resource: WORKSPACE_PLUGIN,
        includeStatus: true,
        afterMs: COUNTS_FOLLOW_MS,
        toNames: ({ metadata: { namespace }, spec }) => [{ namespace, name: spec.workspaceRef.name }],
      },
    ],
  });
  // A workspace that was started, stopped or replaced concerns all that is in it.
  function visitWorkspace(uid: string): void {
    const changed = workspaces.list().find(({ metadata }) => metadata.uid === uid);
    if (changed === undefined) return;
    enqueueWorkspace(changed.metadata);
    for (const name of namesIn(changed, plugins)) enqueue(name);
  }
  // What one object learned of a repository concerns all that follow it.
  sources.onChange((repository) => {
    for (const { metadata, spec } of plugins.list()) {
      if (repositoryOf(sources, spec.source.url) === repository) enqueue(metadata);
    }
  });
  return sessions;
}

/** The names of the plugins in a workspace. */
function namesIn(
  { metadata: { namespace, name } }: Workspace,
  plugins: Cache<WorkspacePlugin>,
): readonly ObjectName[] {
  return plugins
    .list(namespace)
    .filter(({ spec }) => spec.workspaceRef.name === name)
    .map(({ metadata }) => metadata);
}

/** Undefined for a URL that is refused; its object says so in a condition. */
function repositoryOf(sources: Sources, url: string): string | undefined {
  try {
    return sources.parse(url).repository;
  } catch {
    return undefined;
  }
}
