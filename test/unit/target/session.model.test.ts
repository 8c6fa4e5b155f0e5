// The session under random commands: one command at a time, nobody answered with anything old, no change lost or done twice.
import { expect } from 'chai';
import fc from 'fast-check';
import { PermanentError, TransientError } from '../../../lib/errors.ts';
import type { Bundle } from '../../../lib/bundle/bundle.ts';
import { silentLogger } from '../../../lib/logger.ts';
import { createSession } from '../../../lib/target/session.ts';
import type { Change, InstallRequest, Listing, Look } from '../../../lib/target/target.ts';
import { bundleOf } from '../../contract/bundles.ts';
import { ManualClock, settle } from '../../support/manual-clock.ts';
import { SEQUENCES_TIMEOUT_MS, trySequences } from '../../support/sequences.ts';
import { FakeWorkspace, type Asked, type End } from './fake-workspace.ts';

type Step =
  | { readonly do: 'look' | 'install' | 'remove'; readonly plugin: string; readonly number: number }
  | { readonly do: 'list'; readonly number: number }
  | { readonly do: 'abort'; readonly number: number }
  | { readonly do: 'end'; readonly how: End }
  | { readonly do: 'advance'; readonly ms: number };

/** One who waits, and what came of it. */
interface Asker {
  readonly abort: AbortController;
  readonly isAborted: () => boolean;
  settled: boolean;
  /** What is to be changed; the URL, that no other has, is in the marker of an install. */
  readonly change?: { readonly plugin: string; readonly url: string | undefined };
}

const STEPS = 3_000;
const LENGTH = { min: 60, max: 120 };

/** How old an answer may be; milliseconds. */
const AGES = [0, 1_000, 10_000];

const plugin = fc.constantFrom('a', 'b', 'c', 'd');
const number = fc.nat(1_000);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('look', 'install', 'remove'), plugin, number }) },
  fc.record({ do: fc.constantFrom('list', 'abort'), number }),
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('end'),
      how: fc.constantFrom('Answered', 'Answered', 'Lost', 'Failed', 'Cut', 'Locked'),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('advance'), ms: fc.integer({ min: 1, max: 800 }) }) },
);

describe('a session, beside a workspace in memory', () => {
  let bundles: readonly Bundle[];

  before(async () => {
    bundles = await Promise.all(['one', 'two', 'three'].map((text) => bundleOf({ 'plugin.yaml': text })));
  });

  it('answers everybody, with nothing old, and does each change once and in order', async function () {
    this.timeout(SEQUENCES_TIMEOUT_MS);
    await trySequences({ command: step, length: LENGTH, commands: STEPS }, async (steps) => {
      const pair = new Pair(bundles);
      for (const one of steps) await pair.apply(one);
      await pair.finish();
    });
  });
});

class Pair {
  readonly #clock = new ManualClock();
  readonly #workspace = new FakeWorkspace();
  readonly #session = createSession({
    ...{ runtime: this.#workspace, clock: this.#clock, logger: silentLogger },
    epoch: () => ({ since: 1, transitions: 0 }),
  });
  readonly #bundles: readonly Bundle[];
  readonly #askers: Asker[] = [];
  /** When a command failed last. */
  #failed = new Date(0);

  constructor(bundles: readonly Bundle[]) {
    this.#bundles = bundles;
  }

  async apply(one: Step): Promise<void> {
    switch (one.do) {
      case 'look':
        this.#look(one.plugin, one.number);
        break;
      case 'list':
        this.#list(one.number);
        break;
      case 'install':
        this.#install(one.plugin, one.number);
        break;
      case 'remove':
        this.#remove(one.plugin);
        break;
      case 'abort':
        this.#askers[one.number % this.#askers.length]?.abort.abort(new Error('no longer wanted'));
        break;
      case 'end':
        if (this.#workspace.running > 0 && one.how !== 'Answered') this.#failed = this.#clock.now();
        this.#workspace.end(one.how);
        break;
      case 'advance':
        await this.#clock.advance(one.ms);
        break;
    }
    await settle();
    expect(this.#workspace.mostAtOnce, 'commands at once').to.be.at.most(1);
  }

  /** The workspace answers from now on: everybody gets an answer, and nothing goes on after that. */
  async finish(): Promise<void> {
    for (let turns = 0; this.#askers.some(({ settled }) => !settled); turns += 1) {
      expect(turns, 'turns until everybody is answered').to.be.below(200);
      await this.apply({ do: 'end', how: 'Answered' });
      await this.#clock.advance(3_000);
    }
    await this.#clock.advance(60_000);
    expect({ running: this.#workspace.running, sleeping: this.#clock.sleeping }).to.deep.equal({
      ...{ running: 0, sleeping: 0 },
    });
    this.#expectOrder();
  }

  #look(plugin: string, number: number): void {
    const [notOlderThan, failed] = [this.#notOlderThan(number), this.#failed];
    this.#ask(undefined, async (signal) => {
      const look = await this.#session.look({ plugin, notOlderThan, signal });
      expect(look.time >= notOlderThan, `a look at ${plugin} is too old`).to.equal(true);
      expect(look.time >= failed, `a look at ${plugin} is from before a failure`).to.equal(true);
      this.#expectSeen(plugin, look);
    });
  }

  #list(number: number): void {
    const notOlderThan = this.#notOlderThan(number);
    this.#ask(undefined, async (signal) => {
      const listing: Listing = await this.#session.list({ notOlderThan, signal });
      expect(listing.time >= notOlderThan, 'a listing is too old').to.equal(true);
    });
  }

  #install(plugin: string, number: number): void {
    const bundle = this.#bundles[number % this.#bundles.length] ?? expect.fail('there is no bundle');
    const url = `local://${this.#askers.length}`;
    const request: InstallRequest = { plugin, bundle, url, previousLimit: 1, untracked: 'CarryOver' };
    this.#ask({ plugin, url }, async (signal) => {
      const change: Change = await this.#session.install(request, signal);
      expect(change.look.plugin.manifestDigest).to.equal(bundle.digest);
      expect(this.#timesDone(url), `${url} was done`).to.equal(1);
    });
  }

  #remove(plugin: string): void {
    this.#ask({ plugin, url: undefined }, async (signal) => {
      const change: Change = await this.#session.remove({ plugin }, signal);
      expect(change.look.plugin.state).to.equal('Absent');
    });
  }

  #ask(change: Asker['change'], call: (signal: AbortSignal) => Promise<void>): void {
    const abort = new AbortController();
    const asker: Asker = {
      ...{ abort, settled: false, isAborted: () => abort.signal.aborted },
      ...(change === undefined ? {} : { change }),
    };
    this.#askers.push(asker);
    call(abort.signal).then(
      () => {
        asker.settled = true;
      },
      (error: unknown) => {
        const isOurs = error instanceof TransientError || error instanceof PermanentError;
        asker.settled = isOurs || asker.isAborted();
        if (!asker.settled) throw error;
      },
    );
  }

  /** What was seen is what the workspace held after one of its commands. */
  #expectSeen(plugin: string, { plugin: found }: Look): void {
    const digests = this.#workspace.done.map(({ state }) => state.get(plugin));
    const hex = found.manifestDigest?.slice('sha256:'.length);
    expect(digests, `what ${plugin} was seen as`).to.include(hex);
  }

  #timesDone(url: string): number {
    return this.#installs().filter(({ marker }) => marker?.includes(`"url":"${url}"`)).length;
  }

  #installs(): readonly Asked[] {
    return this.#workspace.done.flatMap(({ asked }) => asked);
  }

  /** Tickets grow, no command changes a plugin twice, and each install is done at most once, in the order asked for. */
  #expectOrder(): void {
    const sequences = this.#workspace.done.map(({ sequence }) => sequence);
    expect(sequences).to.deep.equal([...new Set(sequences)].sort((a, b) => a - b));
    for (const { asked } of this.#workspace.done) {
      expect(new Set(asked.map(({ plugin }) => plugin)).size).to.equal(asked.length);
    }
    for (const plugin of ['a', 'b', 'c', 'd']) {
      const urls = this.#askers.flatMap(({ change }) => (change?.plugin === plugin ? [change.url] : []));
      const order = this.#installs()
        .filter((one) => one.plugin === plugin && one.verb === 'install')
        .map(({ marker }) =>
          urls.findIndex((url) => url !== undefined && marker?.includes(`"url":"${url}"`)),
        );
      expect(order, `installs of ${plugin}`).to.deep.equal([...new Set(order)].sort((a, b) => a - b));
    }
  }

  #notOlderThan(number: number): Date {
    return new Date(this.#clock.now().getTime() - (AGES[number % AGES.length] ?? 0));
  }
}
