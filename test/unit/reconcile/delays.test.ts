// Which keys are due when, beside a plain list of them.
import { expect } from 'chai';
import fc from 'fast-check';
import { Delays } from '../../../lib/reconcile/delays.ts';

type Step =
  | { readonly do: 'set'; readonly key: string; readonly at: number }
  | { readonly do: 'delete'; readonly key: string }
  | { readonly do: 'take'; readonly at: number };

const key = fc.integer({ min: 0, max: 150 }).map(String);
const at = fc.integer({ min: 1, max: 1_000 });
const set = fc.record({ do: fc.constant('set' as const), key, at });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: set },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('delete' as const), key }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('take' as const), at: fc.integer({ max: 200 }) }) },
);

describe('Delays', () => {
  it('has nothing at first', () => {
    const delays = new Delays();
    expect([delays.size, delays.earliest(), delays.takeDue(Infinity)]).to.deep.equal([0, undefined, []]);
  });

  it('keeps the earliest of several times for a key', () => {
    const delays = new Delays();
    for (const time of [7, 5, 9]) delays.set('a', time);
    expect([delays.size, delays.earliest()]).to.deep.equal([1, 5]);
    expect(delays.takeDue(4)).to.deep.equal([]);
    expect(delays.takeDue(5)).to.deep.equal(['a']);
    expect([delays.size, delays.takeDue(9)]).to.deep.equal([0, []]);
  });

  it('takes a later time for a key that was taken out or deleted', () => {
    const delays = new Delays();
    delays.set('a', 1);
    delays.set('b', 1);
    delays.takeDue(1);
    delays.set('a', 3);
    delays.set('b', 2);
    delays.delete('b');
    delays.set('b', 4);
    expect(delays.takeDue(9)).to.deep.equal(['a', 'b']);
  });

  it('keeps the others in order when most of them are deleted', () => {
    const delays = new Delays();
    for (let nth = 0; nth < 300; nth += 1) delays.set(String(nth), (nth * 7_919) % 1_009);
    for (let nth = 0; nth < 290; nth += 1) delays.delete(String(nth));
    const left = Array.from({ length: 10 }, (_, nth) => 290 + nth);
    const wanted = left.sort((a, b) => ((a * 7_919) % 1_009) - ((b * 7_919) % 1_009)).map(String);
    expect(delays.size).to.equal(10);
    expect(delays.takeDue(1_009)).to.deep.equal(wanted);
  });

  it('gives out every key when it is due and not before, the earliest first, whatever comes and goes', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 200, maxLength: 400, size: 'max' }), (steps) => {
        const pair = new Pair();
        for (const one of steps) pair.apply(one);
        pair.take(Infinity);
      }),
      { numRuns: 60 },
    );
  });
});

/** The heap, and what it stands for. */
class Pair {
  readonly #delays = new Delays();
  readonly #times = new Map<string, number>();

  apply(one: Step): void {
    if (one.do === 'take') {
      this.take(one.at);
    } else if (one.do === 'delete') {
      this.#delays.delete(one.key);
      this.#times.delete(one.key);
    } else {
      this.#delays.set(one.key, one.at);
      this.#times.set(one.key, Math.min(one.at, this.#times.get(one.key) ?? Infinity));
    }
    expect(this.#delays.size).to.equal(this.#times.size);
    const earliest = Math.min(...this.#times.values());
    expect(this.#delays.earliest() ?? Infinity).to.equal(earliest);
  }

  take(now: number): void {
    const due = [...this.#times].filter(([, time]) => time <= now);
    const taken = this.#delays.takeDue(now);
    const timesTaken = taken.map((one) => this.#times.get(one));
    expect([...taken].sort()).to.deep.equal(due.map(([one]) => one).sort());
    expect(timesTaken).to.deep.equal(due.map(([, time]) => time).sort((a, b) => a - b));
    for (const one of taken) this.#times.delete(one);
  }
}
