// Leader election as a model: machines with clocks of their own, stopped, cut off, killed and set, in any order.
import { expect } from 'chai';
import fc from 'fast-check';
import type { TermNumber } from '../../../lib/reconcile/leadership.ts';
import { suiteCases, suiteSeed, tried } from '../../faults/tried.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { FakeKube } from '../../contract/fake-kube.ts';
import { Candidate, LEASE_MS, type Network } from './candidate.ts';
import { RatedClock } from './rated-clock.ts';

const MACHINES = 3;

/** How often each machine tries to have an effect, in true time; milliseconds. */
const STEP_MS = 500;

/** After all is well again: the longest lease by the slowest clock, and some tries. */
const CONVERGENCE_MS = 4 * LEASE_MS;

/** Of both tests, each; and in one story. */
const EVENTS = 1_800;
const SHORTEST = 30;

type Event =
  | { readonly do: 'network'; readonly who: number; readonly network: Network }
  | { readonly do: 'stop' | 'go' | 'kill' | 'leave'; readonly who: number }
  | { readonly do: 'set'; readonly who: number; readonly ms: number }
  | { readonly do: 'wait'; readonly ms: number };

/** Every second time it concerns the leader. */
const who = fc.nat(2 * MACHINES - 1);
const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('wait'), ms: fc.integer({ min: 500, max: 15_000 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('network'),
      who,
      network: fc.constantFrom('Open', 'Silent', 'Deaf', 'Refused'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('stop', 'go', 'kill', 'leave'), who }) },
  fc.record({ do: fc.constant('set'), who, ms: fc.integer({ min: -3_600_000, max: 3_600_000 }) }),
);

class Cluster {
  readonly #base = new ManualClock();
  readonly #kube = new FakeKube(this.#base);
  readonly #clocks: readonly RatedClock[];
  readonly #machines: Candidate[];
  readonly #gone: Candidate[] = [];
  #count = 0;
  /** Of the effects so far, and who had that one. */
  #newest: { readonly term: TermNumber; readonly holder: string } | undefined;
  /** Effects of an older term after those of a newer one. */
  late = 0;
  /** Terms that were not newer than all before. */
  unordered = 0;

  constructor(rates: readonly number[]) {
    this.#clocks = rates.map((rate) => new RatedClock(this.#base, rate));
    this.#machines = this.#clocks.map((clock) => this.#candidate(clock));
  }

  async meet(event: Event): Promise<void> {
    if (event.do === 'wait') {
      for (let left = event.ms; left > 0; left -= STEP_MS) await this.#step();
      return;
    }
    const leader = this.#machines.findIndex(({ leads }) => leads);
    const who = event.who < MACHINES ? event.who : Math.max(leader, 0);
    this.#befall({ ...event, who });
  }

  #befall(event: Exclude<Event, { readonly do: 'wait' }>): void {
    switch (event.do) {
      case 'network':
        this.#machine(event.who).network = event.network;
        break;
      case 'stop':
        this.#clock(event.who).stop();
        break;
      case 'go':
        this.#clock(event.who).go();
        break;
      case 'set':
        this.#clock(event.who).set(event.ms);
        break;
      case 'kill':
        this.#machine(event.who).kill();
        this.#replace(event.who);
        break;
      case 'leave':
        this.#leave(event.who);
        break;
    }
  }

  /** All is well again; how many lead after a while. */
  async heal(): Promise<number> {
    for (const clock of this.#clocks) clock.go();
    for (const machine of this.#machines) machine.network = 'Open';
    await this.meet({ do: 'wait', ms: CONVERGENCE_MS });
    return this.#machines.filter(({ leads }) => leads).length;
  }

  /** Every process ends; how many sleeps are left behind. */
  async end(): Promise<number> {
    for (const [index] of this.#machines.entries()) this.#leave(index);
    for (const machine of this.#machines) machine.kill();
    await this.#base.advance(CONVERGENCE_MS);
    await Promise.all([...this.#gone, ...this.#machines].map(({ ended }) => ended));
    return this.#base.sleeping;
  }

  async #step(): Promise<void> {
    await this.#base.advance(STEP_MS);
    for (const [index, machine] of this.#machines.entries()) {
      if (!this.#clock(index).isStopped && machine.leads) this.#act(machine);
    }
  }

  /** One effect, if the machine still thinks that it may. */
  #act(machine: Candidate): void {
    let term: TermNumber;
    try {
      term = machine.election.term();
    } catch {
      return;
    }
    const order = this.#newest === undefined ? 1 : compare(term, this.#newest.term);
    if (order < 0) this.late += 1;
    if (order === 0 && this.#newest?.holder !== machine.name) this.unordered += 1;
    if (order > 0) this.#newest = { term, holder: machine.name };
  }

  #leave(index: number): void {
    this.#clock(index).go();
    this.#machine(index).stop();
    this.#machine(index).finish();
    this.#replace(index);
  }

  #replace(index: number): void {
    this.#gone.push(this.#machine(index));
    this.#machines[index] = this.#candidate(this.#clock(index));
  }

  #candidate(clock: RatedClock): Candidate {
    this.#count += 1;
    const options = { name: `candidate-${this.#count}`, kube: this.#kube, clock };
    return new Candidate({ ...options, running: () => clock.running() });
  }

  #machine(index: number): Candidate {
    return this.#machines[index] ?? expect.fail('there is no such machine');
  }

  #clock(index: number): RatedClock {
    return this.#clocks[index] ?? expect.fail('there is no such machine');
  }
}

function compare(a: TermNumber, b: TermNumber): number {
  return a.since === b.since ? a.transitions - b.transitions : a.since - b.since;
}

describe('Election, whatever happens', () => {
  const rates = (...of: number[]): fc.Arbitrary<number[]> =>
    fc.array(fc.constantFrom(...of), { minLength: MACHINES, maxLength: MACHINES });
  const story = fc.array(event, { minLength: SHORTEST, maxLength: 2 * SHORTEST, size: 'max' });
  const options = { seed: suiteSeed(), numRuns: Math.ceil(suiteCases(EVENTS) / SHORTEST) };

  it('lets nobody act after a later leader, while clocks differ by less than the deadlines allow', async function () {
    this.timeout(20 * 60_000);
    await fc.assert(
      fc.asyncProperty(rates(0.85, 1, 1.2), story, async (of, events) => {
        const cluster = new Cluster(of);
        for (const one of events) await cluster.meet(one);
        const leading = await cluster.heal();
        expect({ leading, late: cluster.late, unordered: cluster.unordered }).to.deep.equal({
          ...{ leading: 1, late: 0, unordered: 0 },
        });
        expect(await cluster.end()).to.equal(0);
        tried(events.length);
      }),
      options,
    );
  });

  it('numbers terms so that a ticket tells them apart, whatever the clocks do', async function () {
    this.timeout(20 * 60_000);
    await fc.assert(
      fc.asyncProperty(rates(0.5, 1, 1.5), story, async (of, events) => {
        const cluster = new Cluster(of);
        for (const one of events) await cluster.meet(one);
        expect({ leading: await cluster.heal(), unordered: cluster.unordered }).to.deep.equal({
          ...{ leading: 1, unordered: 0 },
        });
        expect(await cluster.end()).to.equal(0);
        tried(events.length);
      }),
      options,
    );
  });
});
