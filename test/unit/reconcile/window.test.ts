import { expect } from 'chai';
import { nextOpening, type Window } from '../../../lib/reconcile/window.ts';

const HOUR_MS = 3_600_000;

function nightly(timeZone: string, schedule = '0 2 * * *', hours = 2): Window {
  return { schedule, durationMs: hours * HOUR_MS, timeZone };
}

/** Lets a clock run in steps of a quarter of an hour, and tells when the windows open and close. */
function openings(windows: readonly Window[], from: string, to: string): readonly string[] {
  const told: string[] = [];
  let opened: number | undefined;
  for (let now = Date.parse(from); now <= Date.parse(to); now += HOUR_MS / 4) {
    const opening = nextOpening(windows, new Date(now));
    const isOpen = opening.ok && opening.time.getTime() === now;
    if (isOpen) opened ??= now;
    if (!isOpen && opened !== undefined) {
      told.push(`${minutes(opened)}/${minutes(now)}`);
      opened = undefined;
    }
  }
  return told;
}

const minutes = (time: number): string => new Date(time).toISOString().slice(5, 16);

function timeOf(windows: readonly Window[], from: string): string {
  const opening = nextOpening(windows, new Date(from));
  return opening.ok ? opening.time.toISOString() : opening.problem;
}

describe('nextOpening', () => {
  it('is now where there are no windows', () => {
    expect(timeOf([], '2026-05-08T14:15:30.123Z')).to.equal('2026-05-08T14:15:30.123Z');
  });

  it('is now from the first millisecond of a window to its last', () => {
    const windows = [nightly('UTC')];
    expect(timeOf(windows, '2026-05-08T01:59:59.999Z')).to.equal('2026-05-08T02:00:00.000Z');
    expect(timeOf(windows, '2026-05-08T02:00:00.000Z')).to.equal('2026-05-08T02:00:00.000Z');
    expect(timeOf(windows, '2026-05-08T03:59:59.999Z')).to.equal('2026-05-08T03:59:59.999Z');
    expect(timeOf(windows, '2026-05-08T04:00:00.000Z')).to.equal('2026-05-09T02:00:00.000Z');
  });

  it('keeps to the days of the week', () => {
    const windows = [nightly('Europe/Berlin', '0 2 * * MON-FRI')];
    expect(timeOf(windows, '2026-05-08T14:00:00Z'), 'a Friday afternoon').to.equal(
      '2026-05-11T00:00:00.000Z',
    );
  });

  it('takes the day of month or the day of week where both are named, as cron does', () => {
    const windows = [nightly('UTC', '0 2 13 * 5')];
    expect(openings(windows, '2026-05-08T00:00Z', '2026-05-16T00:00Z')).to.deep.equal([
      '05-08T02:00/05-08T04:00',
      '05-13T02:00/05-13T04:00',
      '05-15T02:00/05-15T04:00',
    ]);
  });

  it('stays open across midnight, into days that the schedule does not name', () => {
    const windows = [nightly('Europe/Berlin', '0 22 * * 5', 4)];
    expect(openings(windows, '2026-05-07T00:00Z', '2026-05-14T00:00Z')).to.deep.equal([
      '05-08T20:00/05-09T00:00',
    ]);
  });

  it('stays open where windows meet or overlap, and takes the earliest of several', () => {
    const windows = [
      nightly('UTC', '0 3 * * *', 2),
      nightly('UTC', '0 2 * * *', 1),
      nightly('UTC', '30 4 * * *', 1),
    ];
    expect(openings(windows, '2026-05-08T00:00Z', '2026-05-09T00:00Z')).to.deep.equal([
      '05-08T02:00/05-08T05:30',
    ]);
  });

  it('stays open where it lasts longer than the time to its next start', () => {
    const windows = [nightly('UTC', '0 * * * *', 3)];
    expect(timeOf(windows, '2026-05-08T14:59:59.999Z')).to.equal('2026-05-08T14:59:59.999Z');
  });

  it('never is where a window names a day that no month has, a time zone that is none, or a range that goes back', () => {
    for (const [window, problem] of [
      [nightly('UTC', '0 2 30 2 *'), 'windows[1] (0 2 30 2 *) never comes'],
      [nightly('Europe/Berln'), 'windows[1] names no known time zone: Europe/Berln'],
      [nightly('UTC', '0 2 * * 5-1'), 'windows[1] (0 2 * * 5-1) is no schedule'],
      [nightly('UTC', '0 0 2 * * *'), 'windows[1] (0 0 2 * * *) is no schedule'],
    ] as const) {
      expect(timeOf([nightly('UTC'), window], '2026-05-08T14:00:00Z')).to.include(problem);
    }
  });
});

describe('nextOpening when clocks go forward', () => {
  it('opens a window that starts in the gap once the clocks have jumped, for its whole duration', () => {
    for (const [timeZone, schedule, from, to, expected] of [
      [
        'Europe/Berlin',
        '30 2 * * *',
        '2026-03-28T00:00Z',
        '2026-03-31T00:00Z',
        ['03-28T01:30/03-28T03:30', '03-29T01:00/03-29T03:00', '03-30T00:30/03-30T02:30'],
      ],
      [
        'America/New_York',
        '0 2 * * *',
        '2026-03-07T00:00Z',
        '2026-03-10T00:00Z',
        ['03-07T07:00/03-07T09:00', '03-08T07:00/03-08T09:00', '03-09T06:00/03-09T08:00'],
      ],
      [
        'Australia/Lord_Howe',
        '15 2 * * *',
        '2026-10-02T00:00Z',
        '2026-10-05T00:00Z',
        ['10-02T15:45/10-02T17:45', '10-03T15:30/10-03T17:30', '10-04T15:15/10-04T17:15'],
      ],
    ] as const) {
      expect(openings([nightly(timeZone, schedule)], from, to), timeZone).to.deep.equal(expected);
    }
  });

  it('opens at each of several fixed times, one of which is in the gap', () => {
    const windows = [nightly('Europe/Berlin', '0 2,14 * * *', 1)];
    expect(openings(windows, '2026-03-29T00:00Z', '2026-03-30T00:00Z')).to.deep.equal([
      '03-29T01:00/03-29T02:00',
      '03-29T12:00/03-29T13:00',
    ]);
  });

  it('does not shorten a window that spans the change', () => {
    for (const [timeZone, schedule, from, to, expected] of [
      ['Europe/Berlin', '0 1 * * *', '2026-03-28T12:00Z', '2026-03-29T12:00Z', '03-29T00:00/03-29T02:00'],
      ['America/New_York', '0 1 * * *', '2026-03-08T00:00Z', '2026-03-08T12:00Z', '03-08T06:00/03-08T08:00'],
      [
        'Australia/Lord_Howe',
        '0 1 * * *',
        '2026-10-03T12:00Z',
        '2026-10-04T00:00Z',
        '10-03T14:30/10-03T16:30',
      ],
    ] as const) {
      expect(openings([nightly(timeZone, schedule)], from, to), timeZone).to.deep.equal([expected]);
    }
  });

  it('leaves out what an hourly schedule names inside the gap', () => {
    const windows = [nightly('Europe/Berlin', '30 * * * *', 0.25)];
    expect(openings(windows, '2026-03-29T00:00Z', '2026-03-29T02:00Z')).to.deep.equal([
      '03-29T00:30/03-29T00:45',
      '03-29T01:30/03-29T01:45',
    ]);
  });
});

describe('nextOpening when clocks go back', () => {
  it('opens a window that starts in the doubled hour once, the first time', () => {
    for (const [timeZone, schedule, from, to, expected] of [
      [
        'Europe/Berlin',
        '30 2 * * *',
        '2026-10-24T00:00Z',
        '2026-10-27T00:00Z',
        ['10-24T00:30/10-24T01:00', '10-25T00:30/10-25T01:00', '10-26T01:30/10-26T02:00'],
      ],
      [
        'America/New_York',
        '0 1 * * *',
        '2026-10-31T00:00Z',
        '2026-11-03T00:00Z',
        ['10-31T05:00/10-31T05:30', '11-01T05:00/11-01T05:30', '11-02T06:00/11-02T06:30'],
      ],
      [
        'Australia/Lord_Howe',
        '45 1 * * *',
        '2026-04-03T00:00Z',
        '2026-04-06T00:00Z',
        ['04-03T14:45/04-03T15:15', '04-04T14:45/04-04T15:15', '04-05T15:15/04-05T15:45'],
      ],
    ] as const) {
      expect(openings([nightly(timeZone, schedule, 0.5)], from, to), timeZone).to.deep.equal(expected);
    }
  });

  it('does not lengthen a window that spans the change', () => {
    for (const [timeZone, schedule, from, to, expected] of [
      ['Europe/Berlin', '0 2 * * *', '2026-10-24T12:00Z', '2026-10-25T12:00Z', '10-25T00:00/10-25T02:00'],
      ['America/New_York', '30 0 * * *', '2026-11-01T00:00Z', '2026-11-01T12:00Z', '11-01T04:30/11-01T06:30'],
      [
        'Australia/Lord_Howe',
        '0 1 * * *',
        '2026-04-04T12:00Z',
        '2026-04-05T00:00Z',
        '04-04T14:00/04-04T16:00',
      ],
    ] as const) {
      expect(openings([nightly(timeZone, schedule)], from, to), timeZone).to.deep.equal([expected]);
    }
  });

  it('opens as often as the clocks show it where the hour is *', () => {
    const windows = [nightly('Europe/Berlin', '30 * * * *', 0.25)];
    expect(openings(windows, '2026-10-25T00:00Z', '2026-10-25T02:00Z')).to.deep.equal([
      '10-25T00:30/10-25T00:45',
      '10-25T01:30/10-25T01:45',
    ]);
  });

  it('leaves a zone without clock changes alone', () => {
    const windows = [nightly('Asia/Kolkata', '30 2 * * *')];
    for (const day of ['2026-03-29', '2026-10-25', '2026-04-05', '2026-11-01']) {
      expect(timeOf(windows, `${day}T12:00:00Z`), day).to.match(/T21:00:00.000Z$/);
    }
  });
});
