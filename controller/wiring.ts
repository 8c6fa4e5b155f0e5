// The composition root: opens the adapters and puts the reconcilers together; nothing else knows an implementation.
import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { PLUGIN_UPDATE, WORKSPACE, WORKSPACE_PLUGIN } from './api/group.ts';
import type { WorkspacePlugin } from './api/workspace-plugin.ts';
import type { Workspace } from './api/workspace.ts';
import type { Config } from './config.ts';
import { createOverrule } from './overrule.ts';
import { Cluster } from './cluster.ts';
import {
  followPlugins,
  nameOfPlugin,
  namesBeside,
  namesWith,
  namesIn,
  namesOfUpdates,
} from './neighbours.ts';
import { createReach, type Place } from './reach.ts';
import { Differences } from './plugin-update/differences.ts';
import { createPluginUpdateReconciler, type PluginUpdateTools } from './plugin-update/reconciler.ts';
import { createWorkspacePluginReconciler } from './workspace-plugin/reconciler.ts';
import { Unhurried } from './workspace-plugin/unhurried.ts';
import { createWorkspaceReconciler } from './workspace/reconciler.ts';
import { systemClock, type Clock } from '../lib/clock.ts';
import { PermanentError } from '../lib/errors.ts';
import { createKubeClient } from '../lib/kube/client.ts';
import { ownNamespace } from '../lib/kube/connection.ts';
import { Election } from '../lib/kube/election.ts';
import { createEventRecorder, type Load } from '../lib/kube/events.ts';
import { fencedClient } from '../lib/kube/fenced.ts';
import type { Cache, EventRecorder, KubeClient, ObjectName } from '../lib/kube/kube.ts';
import { readSecret } from '../lib/kube/secret.ts';
import type { Logger } from '../lib/logger.ts';
import { serveHTTP } from '../lib/reconcile/http.ts';
import { alone, type Leadership } from '../lib/reconcile/leadership.ts';
import { Manager } from '../lib/reconcile/manager.ts';
import { Metrics } from '../lib/reconcile/metrics.ts';
import { createRuntimes } from '../lib/runtimes/registry.ts';
import type { Runtime, RuntimeSpec } from '../lib/runtimes/runtime.ts';
import { createSources, removeLeftovers, type Sources } from '../lib/sources/registry.ts';
import { parseTrack } from '../lib/sources/track.ts';
import type { Claim } from '../lib/target/claim.ts';
import { createSession } from '../lib/target/session.ts';
import { Sessions } from '../lib/target/sessions.ts';

const NAME = 'workspace-plugin-controller';

/** What becomes of a decision is mostly known by then, so that an update says it with one write. */
const DECISION_SHOWS_AFTER_MS = 1_000;

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
  const { kubeconfig, inClusterServer, dockerHost, directoryRoots, searchPath, cacheDir } = config;
  await mkdir(cacheDir, { recursive: true });
  await removeLeftovers(cacheDir);
  const metrics = new Metrics();
  const kube = createKubeClient({
    kubeconfig,
    inClusterServer,
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
  const leadership = config.leaderElect ? electionOf(config, adapters) : alone(clock.now());
  const manager = new Manager({
    ...{ client: kube, clock, logger, metrics, namespaces, concurrency },
    leadership: {
      run: (lead, end) =>
        leadership.run(async (term) => {
          await lead(term);
          // What was seen in this term says nothing in a later one, when others have been there.
          started.close();
        }, end),
    },
  });
  const load = (): Load => manager.load;
  const events = createEventRecorder({ client: kube, clock, logger, component: NAME, load });
  const started = register(manager, config, adapters, { events, leadership });
  const server = await serveHTTP({ address: config.metricsAddress, manager, metrics });
  logger.info('started', { metricsAddress: server.address });
  try {
    await manager.run(signal);
    await events.flush(EVENT_FLUSH_MS);
  } finally {
    await server.close();
  }
}

function electionOf(config: Config, { kube, clock, logger, metrics }: Adapters): Leadership {
  const { kubeconfig, leaseName, leaseDurationMs, renewDeadlineMs, retryPeriodMs } = config;
  return new Election({
    ...{ client: kube, clock, logger, renewDeadlineMs, retryPeriodMs },
    name: { namespace: config.leaseNamespace ?? ownNamespace(kubeconfig), name: leaseName },
    identity: `${hostname()}_${randomUUID()}`,
    durationMs: leaseDurationMs,
    random: Math.random,
    onChange: (isLeading) => {
      metrics.leading(leaseName, isLeading);
    },
  });
}

function register(
  manager: Manager,
  config: Config,
  adapters: Adapters,
  parts: { readonly events: EventRecorder; readonly leadership: Leadership },
): { close(): void } {
  const { clock, logger, sources } = adapters;
  const kube = fencedClient(adapters.kube, () => parts.leadership.term());
  const [workspaces, plugins] = [manager.cache(WORKSPACE), manager.cache(WORKSPACE_PLUGIN)];
  const [cluster, unhurried] = [new Cluster(kube), new Unhurried(clock)];
  const sessions = openSessions(adapters, { ...parts, cluster, workspaces }, visitWorkspace);
  const reach = createReach({
    sessions,
    claimOf: (workspace) => cluster.claimOf(workspace),
    hostNamespaces: config.hostNamespaces,
    readSecret: (name) => readSecret(kube, name, AbortSignal.timeout(READ_MS)),
  });
  const caches = { workspaces, plugins, updates: manager.cache(PLUGIN_UPDATE) };
  const common = { kube, clock, logger, events: parts.events, ...caches, reach, random: Math.random };
  const { enqueue } = manager.register({
    reconciler: createWorkspacePluginReconciler({ ...common, sources, parseTrack, unhurried }),
    resource: WORKSPACE_PLUGIN,
    // They share commands in the workspace.
    companions: (one) => namesWith(one, plugins),
    watches: [
      { resource: WORKSPACE, includeStatus: true, toNames: (one: Workspace) => namesIn(one, plugins) },
      // The next in line is in charge once the one before it is gone.
      { resource: WORKSPACE_PLUGIN, toNames: (one: WorkspacePlugin) => namesBeside(one, plugins) },
      { resource: PLUGIN_UPDATE, toNames: nameOfPlugin },
    ],
  });
  registerUpdates(manager, { ...common, sources });
  const { enqueue: enqueueWorkspace } = manager.register({
    reconciler: createWorkspaceReconciler({
      ...common,
      drop: (uid) => {
        sessions.drop(uid);
      },
    }),
    resource: WORKSPACE,
    watches: [followPlugins],
  });
  // A workspace that was started, stopped or replaced concerns all that is in it.
  function visitWorkspace(uid: string): void {
    const changed = workspaces.list().find(({ metadata }) => metadata.uid === uid);
    if (changed === undefined) return;
    enqueueWorkspace(changed.metadata);
    for (const name of namesIn(changed, plugins)) enqueue(name);
  }
  visitFollowers(sources, plugins, enqueue);
  return {
    close: () => {
      sessions.close();
      unhurried.close();
    },
  };
}

function registerUpdates(
  manager: Manager,
  tools: Omit<PluginUpdateTools, 'differences'> & { readonly sources: Sources },
): void {
  const { updates } = tools;
  manager.register({
    reconciler: createPluginUpdateReconciler({ ...tools, differences: new Differences(tools) }),
    resource: PLUGIN_UPDATE,
    afterMs: DECISION_SHOWS_AFTER_MS,
    watches: [
      {
        resource: WORKSPACE_PLUGIN,
        includeStatus: true,
        toNames: (one: WorkspacePlugin) => namesOfUpdates(one, updates),
      },
    ],
  });
}

/** @param onChange told the UID of a Workspace whose container or folder may have been replaced */
function openSessions(
  { clock, logger, runtimes }: Adapters,
  parts: {
    readonly events: EventRecorder;
    readonly leadership: Leadership;
    readonly cluster: Cluster;
    readonly workspaces: Cache<Workspace>;
  },
  onChange: (uid: string) => void,
): Sessions<Place> {
  const { leadership, cluster, workspaces } = parts;
  const sessions = new Sessions<Place>(
    (place) => runtimes.open(place.runtime),
    (runtime, place) => {
      const workspace = (): Workspace | undefined =>
        workspaces.list().find(({ metadata }) => sessions.specOf(metadata.uid) === place);
      const overrule = createOverrule({ ...parts, logger, workspace });
      const claimant = {
        claim: place.claim,
        isGone: (other: Claim, signal: AbortSignal) => cluster.isGone(other, signal),
      };
      return createSession({ runtime, epoch: () => leadership.term(), overrule, claimant, clock, logger });
    },
    onChange,
  );
  return sessions;
}

/** What one object learned of a repository concerns all that follow it. */
function visitFollowers(
  sources: Sources,
  plugins: Cache<WorkspacePlugin>,
  enqueue: (name: ObjectName) => void,
): void {
  sources.onChange((repository) => {
    for (const { metadata, spec } of plugins.list()) {
      if (repositoryOf(sources, spec.source.url) === repository) enqueue(metadata);
    }
  });
}

/** Undefined for a URL that is refused; its object says so in a condition. */
function repositoryOf(sources: Sources, url: string): string | undefined {
  try {
    return sources.parse(url).repository;
  } catch (error) {
    if (error instanceof PermanentError) return undefined;
    throw error;
  }
}
