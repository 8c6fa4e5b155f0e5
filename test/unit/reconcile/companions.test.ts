// Objects that share what a visit costs are visited together, a few more at once than there are to be.
import { expect } from 'chai';
import { silentLogger } from '../../../lib/logger.ts';
import { Controller } from '../../../lib/reconcile/controller.ts';
import { Metrics } from '../../../lib/reconcile/metrics.ts';
import { gone, type Outcome } from '../../../lib/reconcile/outcome.ts';
import { WorkQueue } from '../../../lib/reconcile/queue.ts';
import { ManualClock, settle } from '../../support/manual-clock.ts';

const AT_ONCE = 32;
const GROUP = 5;

describe('Controller, with objects that belong together', () => {
  let queue: WorkQueue;
  let begun: string[];
  let ends: Map<string, () => void>;
  let running: Promise<void>;

  beforeEach(() => {
    const clock = new ManualClock();
    const metrics = new Metrics();
    queue = new WorkQueue({ clock, observer: metrics.queue('widget') });
    begun = [];
    ends = new Map();
    const reconciler = {
      name: 'widget',
      reconcile: ({ name }: { readonly name: string }) => {
        begun.push(name);
        return new Promise<Outcome>((resolve) => {
          ends.set(name, () => {
            resolve(gone);
          });
        });
      },
    };
    const parts = { reconciler, queue, clock, logger: silentLogger, metrics, concurrency: AT_ONCE };
    running = new Controller({ ...parts, companions }).run(new AbortController().signal);
  });

  afterEach(async () => {
    queue.shutDown();
    await end([...ends.keys()]);
    await running;
  });

  /** `team/b3` belongs with `team/b1` to `team/b5`. */
  function companions(key: string): readonly string[] {
    return namesOf(key.slice('team/'.length, -1)).map((name) => `team/${name}`);
  }

  function namesOf(group: string): readonly string[] {
    return Array.from({ length: GROUP }, (_, index) => `${group}${index + 1}`);
  }

  async function end(names: readonly string[]): Promise<void> {
    for (const name of names) ends.get(name)?.();
    await settle();
  }

  it('takes along what waits of the last group, and begins none for which there is no room', async () => {
    const groups = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'];
    for (const name of groups.flatMap(namesOf)) queue.add(`team/${name}`);
    await settle();
    expect(begun).to.have.members(groups.slice(0, 7).flatMap(namesOf));

    await end(['a1', 'b2', 'c3']);
    expect(begun).to.have.length(7 * GROUP);
    await end(['a2']);
    expect(begun).to.have.members(groups.slice(0, 8).flatMap(namesOf));

    await end([...ends.keys()]);
    expect(begun).to.have.length(9 * GROUP);
    expect(new Set(begun).size).to.equal(begun.length);
  });

  it('visits none twice at once, and one that was added meanwhile once more', async () => {
    for (const name of namesOf('a')) queue.add(`team/${name}`);
    await settle();
    queue.add('team/a2');
    await settle();
    expect(begun).to.deep.equal(namesOf('a'));

    await end(['a2']);
    expect(begun).to.deep.equal([...namesOf('a'), 'a2']);
  });

  it('takes nobody along once it is to end', async () => {
    queue.add('team/a1');
    await settle();
    queue.shutDown();
    expect(queue.take('team/a1')).to.equal(false);
    expect(begun).to.deep.equal(['a1']);
  });
});
