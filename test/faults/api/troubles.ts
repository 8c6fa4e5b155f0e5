// What may go wrong between a list-and-watch and the API server: each trouble begins, lasts, and is healed.
import { pick, type Random } from '../random.ts';
import { PASS, type Fate } from '../fate.ts';
import type { Asked, Line } from './line.ts';

export interface Trouble {
  readonly name: string;
  /** How long it lasts, by the clock of the client; milliseconds. */
  readonly longestMs: number;
  /** After it `line.heal` is called. */
  begin(line: Line, random: Random): void;
}

const MINUTE_MS = 60_000;

export const TROUBLES: readonly Trouble[] = [
  trouble('410 in answer to a watch', (line) => {
    line.onRequest = watches(answer(410, 'Expired'));
    endAll(line);
  }),
  trouble('410 within a watch', (line) => {
    sendToAll(line, event(410, 'Expired'));
    line.onEvent = () => [event(410, 'Expired')];
  }),
  trouble('410 in answer to the next page of a list', (line) => {
    line.pageLimit = 2;
    line.onRequest = ({ query }) => (query.has('continue') ? answer(410, 'Expired') : PASS);
    resetAll(line);
  }),
  trouble('500 within a watch', (line) => {
    sendToAll(line, event(500, 'InternalError'));
    line.onRequest = watches(PASS);
  }),
  trouble('connections that are reset', (line, random) => {
    line.onRequest = () => pick(random, [PASS, { kind: 'Reset' } as const]);
    line.onEvent = () => {
      resetAll(line);
      return [];
    };
    resetAll(line);
  }),
  trouble('connections that are half-open', beSilent),
  trouble(
    'a server that is down until nobody asks often any more, and then half-open',
    beDownThenSilent,
    3 * MINUTE_MS,
  ),
  trouble('events that are cut', (line) => {
    line.onEvent = () => {
      for (const watch of line.watches) watch.cut();
      return [];
    };
    for (const watch of line.watches) watch.cut();
  }),
  trouble('lists that are cut', (line) => {
    line.onRequest = lists({ kind: 'Cut' });
    resetAll(line);
  }),
  trouble('events that are none', (line) => {
    sendToAll(line, '<html>502 Bad Gateway</html>');
    line.onRequest = watches({ kind: 'Answer', code: 200, body: '<html>sign in</html>\n' });
  }),
  ...([401, 500, 503] as const).map((code) =>
    trouble(`${code} to everything`, (line) => {
      line.onRequest = () => answer(code, 'Trouble');
      resetAll(line);
    }),
  ),
  trouble('429 with Retry-After', (line) => {
    line.onRequest = () => ({ ...answer(429, 'TooManyRequests'), retryAfter: 7 });
    resetAll(line);
  }),
  trouble('watches that end at once', (line) => {
    line.onRequest = watches({ kind: 'Answer', code: 200, body: '' });
    endAll(line);
  }),
  trouble('a server that went back in time', (line) => {
    line.versionShift -= 1_000n;
    resetAll(line);
  }),
  trouble('a server that went back in time while a watch goes on', (line) => {
    line.versionShift -= 1_000n;
  }),
];

/** The client is shown versions from here on, so that a server can go back in time. */
export const FIRST_SHIFT = 1_000_000_000n;

function trouble(name: string, begin: Trouble['begin'], longestMs = MINUTE_MS): Trouble {
  return { name, begin, longestMs };
}

function beSilent(line: Line): void {
  line.onRequest = () => ({ kind: 'Silence' });
  for (const watch of line.watches) watch.freeze();
}

function beDownThenSilent(line: Line): void {
  let requests = 0;
  line.onRequest = () => ({ kind: (requests += 1) > 8 ? 'Silence' : 'Reset' });
  resetAll(line);
}

function watches(fate: Fate): (asked: Asked) => Fate {
  return ({ isWatch }) => (isWatch ? fate : PASS);
}

function lists(fate: Fate): (asked: Asked) => Fate {
  return ({ isWatch, method }) => (method === 'GET' && !isWatch ? fate : PASS);
}

function endAll(line: Line): void {
  for (const watch of line.watches) watch.end();
}

function resetAll(line: Line): void {
  for (const watch of line.watches) watch.reset();
}

function sendToAll(line: Line, text: string): void {
  for (const watch of line.watches) watch.send(text);
}

function answer(code: number, reason: string): Extract<Fate, { kind: 'Answer' }> {
  return { kind: 'Answer', code, body: JSON.stringify(statusOf(code, reason)) };
}

function event(code: number, reason: string): string {
  return JSON.stringify({ type: 'ERROR', object: statusOf(code, reason) });
}

function statusOf(code: number, reason: string): object {
  return { kind: 'Status', apiVersion: 'v1', status: 'Failure', message: 'It is a fault.', reason, code };
}
