// How long a session waits for company.
import { expect } from 'chai';
import { systemClock } from '../../../lib/clock.ts';
import { Caller } from '../../../lib/target/caller.ts';
import { companyOf, pauseMs, type Company } from '../../../lib/target/company.ts';
import type { Found } from '../../../lib/target/exchange.ts';
import { Gathering } from '../../../lib/target/gathering.ts';
import { Memory } from '../../../lib/target/memory.ts';
import type { Round } from '../../../lib/target/round.ts';
import type { Change } from '../../../lib/target/target.ts';
import { ManualClock } from '../../support/manual-clock.ts';
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

/** Lets a memory have seen a plugin. */
function keeperOf(memory: Memory): (plugin: string, state: 'Marked' | 'Absent') => void {
  return (plugin, state) => {
    memory.add(plugin);
    const looks = new Map([[plugin, { time: new Date(), plugin: look(undefined, { state }) }]]);
    memory.keeper()({ kind: 'look', results: [], uncleaned: new Map(), looks, listing: undefined });
  };
}

function changesOf(plugins: readonly string[]): Round['changes'] {
  return plugins.map((plugin) => ({
    operation: { kind: 'remove' as const, request: { plugin } },
    caller: new Caller<Change>(new AbortController().signal),
  }));
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
    const keep = keeperOf(memory);
    const isWhole = (...plugins: readonly string[]): boolean => {
      const changes = changesOf(plugins);
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

describe('the wait for company', () => {
  let clock: ManualClock;
  let gathering: Gathering;
  let ended: boolean;
  let changes: Round['changes'];
  const come = (...plugins: readonly string[]): void => {
    changes = changesOf(plugins);
    gathering.arrived();
  };

  beforeEach(() => {
    clock = new ManualClock();
    const memory = new Memory(clock);
    for (const plugin of ['a', 'b', 'c']) keeperOf(memory)(plugin, 'Marked');
    gathering = new Gathering({ clock, memory, waiting: () => ({ looks: [], lists: [], changes }) });
    [changes, ended] = [changesOf(['a', 'b']), false];
    void gathering.wait(false).then(() => {
      ended = true;
    });
  });

  it('is over when the last that can come has come, and not before', async () => {
    await clock.advance(40);
    come('a', 'b');
    await clock.advance(0);
    expect(ended).to.equal(false);
    come('a', 'b', 'c');
    await clock.advance(0);
    expect([ended, clock.sleeping]).to.deep.equal([true, 0]);
  });

  it('goes on to its end where one never comes', async () => {
    await clock.advance(299);
    expect(ended).to.equal(false);
    await clock.advance(1);
    expect(ended).to.equal(true);
  });

  it('fails with its clock', async () => {
    const broken = {
      now: () => new Date(),
      sleep: () => Promise.reject(new Error('no time')),
    };
    const memory = new Memory(broken);
    memory.add('c');
    const waiting = (): Round => ({ looks: [], lists: [], changes });
    const failure = await new Gathering({ clock: broken, memory, waiting }).wait(false).catch(String);
    expect(failure).to.equal('Error: no time');
  });
});
