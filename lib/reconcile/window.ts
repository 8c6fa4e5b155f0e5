// When a window is open, or opens next: cron lines with a duration and a time zone, right over both clock changes.
import { Cron } from 'croner';

export interface Window {
  /** Five cron fields: minute, hour, day of month, month, day of week. */
  readonly schedule: string;
  /** How long it stays open, in milliseconds of real time, whatever the clocks on the wall do meanwhile. */
  readonly durationMs: number;
  /** A name of the IANA time zone database. */
  readonly timeZone: string;
}

/** The earliest moment, or why there is none. */
export type Opening =
  { readonly ok: true; readonly time: Date } | { readonly ok: false; readonly problem: string };

/**
 * The earliest moment from `from` on at which one of the windows is open: `from` itself while one is. Without any window
 * it is always open. A start that the clocks jump over happens when they have jumped, and one that comes twice happens
 * the first time; where the minute or the hour is `*` or has a step, it happens as often as the clocks show it. One
 * window that is wrong or never comes spoils all: nobody has said when else.
 */
export function nextOpening(windows: readonly Window[], from: Date): Opening {
  let earliest: Date | undefined;
  for (const [index, window] of windows.entries()) {
    const opening = openingOf(window, from);
    if (!opening.ok) return { ok: false, problem: `windows[${index}] ${opening.problem}` };
    if (earliest === undefined || opening.time < earliest) earliest = opening.time;
  }
  return { ok: true, time: earliest ?? from };
}

function openingOf({ schedule, durationMs, timeZone }: Window, from: Date): Opening {
  if (!isTimeZone(timeZone)) return { ok: false, problem: `names no known time zone: ${timeZone}` };
  const start = startAfter(schedule, timeZone, new Date(from.getTime() - durationMs));
  if (!(start instanceof Date)) return { ok: false, problem: `(${schedule}) ${start}` };
  return { ok: true, time: start > from ? start : from };
}

/** The first start after this moment, or why there is none. */
function startAfter(schedule: string, timezone: string, moment: Date): Date | string {
  try {
    const cron = new Cron(schedule, {
      ...{ timezone, mode: '5-part', paused: true },
      // Lists and ranges name fixed times as single values do.
      fixedTimeRule: 'no-wildcard',
    });
    return cron.nextRun(moment) ?? 'never comes: it names a day that no month has';
  } catch (error) {
    return `is no schedule: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
