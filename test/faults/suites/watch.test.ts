// Row 6: whatever happens between list-and-watch and the API server, the copy equals the server soon after it is well.
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { createKubeClient, type ClosableKubeClient } from '../../../lib/kube/client.ts';
import { Reflector } from '../../../lib/kube/reflector.ts';
import { silentLogger } from '../../../lib/logger.ts';
import { WIDGET, type Widget } from '../../contract/kube-client.ts';
import { WIDGET_CRD } from '../../contract/widget-crd.ts';
import { HurriedClock } from '../../support/hurried-clock.ts';
import { waitFor } from '../../support/wait-for.ts';
import { Proxied } from '../api/proxied.ts';
import { FIRST_SHIFT, TROUBLES, type Trouble } from '../api/troubles.ts';
import { suiteCases, suiteSeed } from '../tried.ts';
import { createRandom, pick, pickNumber, type Random } from '../random.ts';
import { testSideBySide } from './side-by-side.ts';

/** Seconds of the client's clock in one. */
const HURRY = 50;

/** The client gives up a request, and a watch on which nothing comes, after this; milliseconds. */
const GIVE_UP_MS = 30_000;

/** From healing until the copy equals the server, by the client's clock; milliseconds. */
const HEALED_MS = 35_000;

/** A request that is answered must not look lost on a busy machine; milliseconds, by ours. */
const PATIENCE_MS = 3_000;

/** So long may a condition take on a busy machine; milliseconds. */
const CONVERGE_MS = 120_000;

const CASES_EACH = 20;
const AT_ONCE = 12;
const NAMES = ['a', 'b', 'c', 'd', 'e'];

const SEED = suiteSeed();

describe('row 6: list and watch in trouble', () => {
  let bed: Proxied;
  let client: ClosableKubeClient;
  let namespaces = 0;

  before(async function () {
    this.timeout(600_000);
    process.stderr.write(`seed ${SEED}\n`);
    bed = await Proxied.start();
    await bed.kubectl(['apply', '-f', '-'], JSON.stringify(WIDGET_CRD));
    await waitFor('the CRD to be served', () => bed.list(WIDGET, 'default').then(() => true));
    client = createKubeClient({
      ...{ kubeconfig: bed.kubeconfig, userAgent: 'row-6' },
      ...{ requestTimeoutMs: PATIENCE_MS, watchIdleMs: GIVE_UP_MS / HURRY },
    });
  });

  testSideBySide(
    TROUBLES.flatMap((trouble, kind) =>
      Array.from({ length: suiteCases(CASES_EACH) }, (_, index) => ({
        name: `recovers from ${trouble.name} (${index + 1})`,
        run: () => suffer(trouble, createRandom(SEED + kind * 1_000 + index)),
      })),
    ),
    { atOnce: AT_ONCE, timeoutMs: 20 * 60_000 },
  );

  after(async () => {
    client.close();
    await bed.close();
  });

  async function suffer(trouble: Trouble, random: Random): Promise<void> {
    const namespace = `row-6-${(namespaces += 1)}`;
    await bed.kubectl(['create', 'namespace', namespace]);
    const line = bed.proxy.line(namespace);
    line.versionShift = FIRST_SHIFT;
    for (const name of NAMES.slice(0, 3)) await bed.put(WIDGET, { namespace, name }, { spec: { size: 0 } });
    const clock = new HurriedClock(HURRY);
    const reflector = new Reflector({ client, resource: WIDGET, namespace, clock, logger: silentLogger });
    const told = new Map<string, string>();
    reflector.subscribe(({ type, object }) => {
      if (type === 'Deleted') told.delete(object.metadata.name);
      else told.set(object.metadata.name, describeWidget(object));
    });
    const stop = new AbortController();
    const running = reflector.run(stop.signal);
    const cached = (): string[] => reflector.list().map(describeWidget).sort();
    const served = async (): Promise<string[]> =>
      (await bed.list(WIDGET, namespace)).map(describeWidget).sort();
    try {
      await waitFor('the first list', () => reflector.synced, CONVERGE_MS);
      await changeOne(namespace, random);
      trouble.begin(line, random);
      await lastFor(random() * trouble.longestMs, () => changeOne(namespace, random));
      line.heal();
      const [healed, hanging] = [
        clock.now(),
        line.hung + [...line.watches].filter((one) => one.isFrozen).length,
      ];
      await changeOne(namespace, random);
      const wanted = await served();
      await waitFor('the copy to equal the server', () => equal(cached(), wanted), CONVERGE_MS);

      expect(clock.sleptSince(healed) + hanging * GIVE_UP_MS, 'ms until it was well').to.be.at.most(
        HEALED_MS,
      );
      expect([...told.values()].sort()).to.deep.equal(wanted);
      await changeOne(namespace, random);
      const last = await served();
      await waitFor('it to go on', () => equal(cached(), last), CONVERGE_MS);
      expect(line.mostWatches, 'watches at once').to.equal(1);
    } finally {
      stop.abort();
      await running;
    }
  }

  /** Calls it about every ten seconds of so many milliseconds by the client's clock, and at least once. */
  async function lastFor(ms: number, act: () => Promise<void>): Promise<void> {
    const end = performance.now() + ms / HURRY;
    do {
      await act();
      await delay(Math.min(10_000, ms) / HURRY);
    } while (performance.now() < end);
  }

  async function changeOne(namespace: string, random: Random): Promise<void> {
    const name = { namespace, name: pick(random, NAMES) };
    const dice = random();
    if (dice < 0.35) await bed.remove(WIDGET, name);
    if (dice < 0.2 || dice > 0.35) {
      await bed.put(WIDGET, name, { spec: { size: 1 + pickNumber(random, 1_000_000) } });
    }
  }
});

function describeWidget({ metadata, spec }: Widget): string {
  return `${metadata.name} ${metadata.uid} ${spec.size}`;
}

function equal(a: readonly string[], b: readonly string[]): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
