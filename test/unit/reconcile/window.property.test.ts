// Windows against a slow and plain second way to find them: reading a clock on the wall, minute by minute.
import { expect } from 'chai';
import fc from 'fast-check';
import { nextOpening } from '../../../lib/reconcile/window.ts';

const MINUTE_MS = 60_000;
const HORIZON_MINUTES = 3 * 24 * 60;

/** Zones with a day on which their clocks change, in either direction; the last one's never do. */
const CHANGES = [
  ['Europe/Berlin', '2026-03-29'],
  ['Europe/Berlin', '2026-10-25'],
  ['America/New_York', '2027-03-14'],
  ['America/New_York', '2026-11-01'],
  ['Australia/Lord_Howe', '2026-10-04'],
  ['Australia/Lord_Howe', '2027-04-04'],
  ['America/Santiago', '2026-09-06'],
  ['America/Santiago', '2027-04-04'],
  ['Asia/Kolkata', '2026-03-29'],
] as const;

interface Wall {
  /** Minutes since midnight. */
  readonly time: number;
  readonly weekday: number;
}

function wallIn(timeZone: string): (moment: number) => Wall {
  const format = new Intl.DateTimeFormat('en', {
    ...{ timeZone, hourCycle: 'h23', weekday: 'short', hour: 'numeric', minute: 'numeric' },
  });
  return (moment) => {
    const parts = new Map(format.formatToParts(moment).map(({ type, value }) => [type, value]));
    const time = Number(parts.get('hour')) * 60 + Number(parts.get('minute'));
    return {
      time,
      weekday: ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'].indexOf(parts.get('weekday') ?? ''),
    };
  };
}

interface Given {
  readonly timeZone: string;
  readonly wanted: Wall;
  readonly everyDay: boolean;
}

/** All moments from `begin` on at which the clock shows the wanted time, or first shows a later one of that day. */
function startsFrom({ timeZone, wanted, everyDay }: Given, begin: number): readonly number[] {
  const read = wallIn(timeZone);
  const isDay = ({ weekday }: Wall) => everyDay || weekday === wanted.weekday;
  const starts: number[] = [];
  // The day before tells which of the first starts are second ones.
  let before = read(begin - 24 * 60 * MINUTE_MS);
  let reached = before.time;
  for (let minute = -24 * 60 + 1; minute < HORIZON_MINUTES; minute += 1) {
    const now = read(begin + minute * MINUTE_MS);
    if (now.weekday !== before.weekday) reached = -1;
    if (isDay(now) && reached < wanted.time && now.time >= wanted.time && minute >= 0) {
      starts.push(begin + minute * MINUTE_MS);
    }
    reached = Math.max(reached, now.time);
    before = now;
  }
  return starts;
}

describe('nextOpening, beside a clock on the wall', () => {
  it('opens a window at a fixed time at the first moment that the clock shows it, or has jumped over it', () => {
    const seed = Date.now() % 1_000_000;
    fc.assert(
      fc.property(
        fc.record({
          change: fc.constantFrom(...CHANGES),
          hour: fc.integer({ min: 0, max: 5 }),
          minute: fc.constantFrom(0, 15, 30, 45),
          weekday: fc.integer({ min: 0, max: 6 }),
          everyDay: fc.boolean(),
          durationMinutes: fc.integer({ min: 1, max: 30 * 60 }),
          offset: fc.integer({ min: -36 * 60, max: 36 * 60 }),
        }),
        ({ change: [timeZone, day], hour, minute, weekday, everyDay, durationMinutes, offset }) => {
          const from = Date.parse(`${day}T00:00:00Z`) + offset * MINUTE_MS;
          const durationMs = durationMinutes * MINUTE_MS;
          const given = { timeZone, everyDay, wanted: { time: hour * 60 + minute, weekday } };
          const starts = startsFrom(given, from - durationMs + MINUTE_MS);
          const first = starts[0];
          if (first === undefined) return;
          const schedule = `${minute} ${hour} * * ${everyDay ? '*' : weekday}`;
          const opening = nextOpening([{ schedule, durationMs, timeZone }], new Date(from));
          expect(opening).to.deep.equal({ ok: true, time: new Date(Math.max(first, from)) });
        },
      ),
      { numRuns: 40, seed },
    );
  });
});
