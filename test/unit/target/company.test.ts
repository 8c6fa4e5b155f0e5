// How long a session waits for company.
import { expect } from 'chai';
import { systemClock } from '../../../lib/clock.ts';
import { Caller } from '../../../lib/target/caller.ts';
import { companyOf, pauseMs, type Company } from '../../../lib/target/company.ts';
import type { Found } from '../../../lib/target/exchange.ts';
import { Memory } from '../../../lib/target/memory.ts';
import type { Round } from '../../../lib/target/round.ts';
import type { Change } from '../../../lib/target/target.ts';
import { look } from '../builders.ts';

const NOBODY: Company = { firstLooks: 0, looks: 0, changes: 0, missing: 0, isWhole: false };

/** In all, where these come one after the other and nobody after them; milliseconds. */
function waitFor(coming: readonly Partial<Company>[], late = false): number {
  let last: Company | undefined;
  let waitedMs = 0;
  for (let turn = 0; ; turn += 1) {
    const now = { ...NOBODY, ...coming[Math.min(turn, coming.length - 1)] };
    const ms = pauseMs(now, { last, waitedMs, late });
    if (ms === 0) return waitedMs;
    waitedMs += ms;
    last = now;
  }
}

describe('those who wait', () => {
  it('ask for something new when it was not seen since the workspace was started', () => {
    const memory = new Memory(systemClock);
    const signal = new AbortController().signal;
    const notOlderThan = new Date();
    const round: Round = {
      looks: ['a', 'b'].map((plugin) => ({ plugin, notOlderThan, caller: new Caller(signal) })),
      lists: [{ notOlderThan, caller: new Caller(signal) }],
      changes: [],
    };
    const found: Found = {
      ...{
        kind: 'look',
        results: [],
        uncleaned: new Map(),
        looks: new Map([['a', { time: new Date(), plugin: look() }]]),
      },
      listing: { time: new Date(), swapMode: 'Exchange', folders: [] },
    };
    memory.add('a');
    expect(companyOf(round, memory, new Date())).to.include({ looks: 3, firstLooks: 3 });
    memory.keeper()(found);
    expect(companyOf(round, memory, new Date())).to.include({ looks: 2, firstLooks: 1 });
    memory.renew('another');
    expect(companyOf(round, memory, new Date())).to.include({ looks: 3, firstLooks: 3 });
  });

  it('are all that there are once every plugin that is known changes, and none for the first time', () => {
    const memory = new Memory(systemClock);
    const keep = (plugin: string, state: 'Marked' | 'Absent'): void => {
      memory.add(plugin);
      const looks = new Map([[plugin, { time: new Date(), plugin: look(undefined, { state }) }]]);
      memory.keeper()({ kind: 'look', results: [], uncleaned: new Map(), looks, listing: undefined });
    };
    const isWhole = (...plugins: readonly string[]): boolean => {
      const changes = plugins.map((plugin) => ({
        operation: { kind: 'remove' as const, request: { plugin } },
        caller: new Caller<Change>(new AbortController().signal),
      }));
      return companyOf({ looks: [], lists: [], changes }, memory, new Date()).isWhole;
    };
    expect(isWhole()).to.equal(false);
    keep('a', 'Marked');
    expect(isWhole('a')).to.equal(true);
    keep('b', 'Absent');
    expect([isWhole('a'), isWhole('a', 'b')]).to.deep.equal([false, false]);
    keep('b', 'Marked');
    expect([isWhole('a'), isWhole('a', 'b')]).to.deep.equal([false, true]);
    memory.clear();
    expect(isWhole('a', 'b')).to.equal(false);
  });
});

describe('a session with somebody who waits', () => {
  for (const [what, coming, expected] of [
    ['nobody', [{}], 0],
    ['a look at what was seen before', [{ looks: 3 }], 0],
    ['a first look', [{ looks: 1, firstLooks: 1 }], 50],
    ['first looks that keep coming', [1, 4, 9, 10].map((n) => ({ looks: n, firstLooks: n })), 200],
    ['a change', [{ changes: 1 }], 100],
    ['changes that came together', [{ changes: 4 }], 300],
    ['changes that keep coming', [{ changes: 1 }, { changes: 3 }, { changes: 9 }], 700],
    ['a change, and looks that may become changes', [{ changes: 1, looks: 4 }], 300],
    ['the last of those that were missing', [{ changes: 1, missing: 1 }, { changes: 2 }], 400],
    ['all that there are', [{ changes: 9, isWhole: true }], 0],
    ['the last of all that there are', [{ changes: 1 }, { changes: 9, isWhole: true }], 100],
    ['one of many that were missing, and never come', [{ changes: 1, missing: 9 }], 1_000],
  ] as const) {
    it(`waits ${expected} ms for company of ${what}`, () => {
      expect(waitFor(coming)).to.equal(expected);
    });
  }

  it('waits longer after a command with several changes, of which some may be late', () => {
    expect(waitFor([{ changes: 1 }], true)).to.equal(300);
  });

  it('waits for no more than two seconds, however many come', () => {
    const coming = Array.from({ length: 100 }, (_, index) => ({ changes: index + 1 }));
    expect(waitFor(coming)).to.equal(2_200);
  });
});
