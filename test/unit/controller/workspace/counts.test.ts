// How soon the counts in a Workspace follow its plugins, on the clock of a manager.
import { expect } from 'chai';
import { WORKSPACE, WORKSPACE_PLUGIN } from '../../../../controller/api/group.ts';
import { followPlugins } from '../../../../controller/neighbours.ts';
import { createWorkspaceReconciler } from '../../../../controller/workspace/reconciler.ts';
import { silentLogger } from '../../../../lib/logger.ts';
import { alone } from '../../../../lib/reconcile/leadership.ts';
import { Manager } from '../../../../lib/reconcile/manager.ts';
import { Metrics } from '../../../../lib/reconcile/metrics.ts';
import { FakeKube } from '../../../contract/fake-kube.ts';
import { ManualClock, settle } from '../../../support/manual-clock.ts';
import { NOW, withMetadata, withSpec, withStatus, workspace, workspacePlugin } from '../../builders.ts';
import { FakePlace } from '../fake-place.ts';
import { settable } from '../world.ts';

const NAME = { namespace: 'team', name: 'alice' };
/** By which they are right; a promise to whoever waits for them. */
const PROMISE_MS = 5_000;
const PLUGINS = 20;

type Modifiers = Parameters<typeof workspacePlugin>;

describe('the counts in a Workspace', () => {
  let clock: ManualClock;
  let kube: FakeKube;
  let stop: AbortController;
  let running: Promise<void>;

  beforeEach(async () => {
    clock = new ManualClock(NOW.toISOString());
    kube = new FakeKube(clock);
    kube.put(WORKSPACE, { ...workspace(), metadata: settable(workspace()) });
    for (let index = 0; index < PLUGINS; index += 1) put(index);
    const manager = new Manager({
      ...{ client: kube, clock, logger: silentLogger, metrics: new Metrics() },
      ...{ leadership: alone(clock.now()), namespaces: [], concurrency: 4 },
    });
    const place = new FakePlace(clock, kube);
    manager.register({
      reconciler: createWorkspaceReconciler({
        ...{ clock, kube, logger: silentLogger, random: () => 0.5 },
        ...{ workspaces: manager.cache(WORKSPACE), plugins: manager.cache(WORKSPACE_PLUGIN) },
        ...{ reach: () => place.reach(), events: { record: () => undefined }, drop: () => undefined },
      }),
      resource: WORKSPACE,
      watches: [followPlugins],
    });
    stop = new AbortController();
    running = manager.run(stop.signal);
    await settle();
    await clock.advance(PROMISE_MS);
  });

  afterEach(async () => {
    stop.abort();
    await clock.advance(60_000);
    await running;
  });

  function put(index: number, ...modifiers: Modifiers): void {
    const name = `p-${index}`;
    const object = workspacePlugin(withMetadata({ name }), withSpec({ pluginName: name }), ...modifiers);
    kube.put(WORKSPACE_PLUGIN, { ...object, metadata: settable(object) });
  }

  function install(index: number): void {
    const condition = { type: 'Applied', status: 'True', reason: 'Installed', message: '' } as const;
    const when = { observedGeneration: 1, lastTransitionTime: '2026-05-08T14:00:00Z' };
    put(index, withStatus({ conditions: [{ ...condition, ...when }] }));
  }

  const counts = () => kube.read(WORKSPACE, NAME)?.status?.plugins;

  it('are right within 5 s of the last of many changes, by fewer writes', async () => {
    expect(counts()).to.deep.equal({ declared: PLUGINS, installed: 0, drifted: 0 });
    kube.calls.length = 0;
    for (let index = 0; index < PLUGINS; index += 1) {
      if (index > 0) await clock.advance(500);
      install(index);
    }
    await clock.advance(PROMISE_MS);
    expect(counts()).to.deep.equal({ declared: PLUGINS, installed: PLUGINS, drifted: 0 });
    expect(kube.writes).to.have.length.within(1, PLUGINS / 2);
  });

  it('are at most 5 s behind while changes do not end', async () => {
    for (let index = 0; index < PLUGINS; index += 1) {
      install(index);
      const known = counts()?.installed ?? 0;
      expect(known).to.be.at.least(index - PROMISE_MS / 1_000);
      await clock.advance(1_000);
    }
  });
});
