// What a command in a workspace is about, and how it is disturbed on its way there.
import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from '../../lib/runtimes/runtime.ts';
import type { Disturbance } from './boundaries.ts';
import { die, tell } from './gate.ts';

/** So late is the deadline of a command that is not to end in time; milliseconds. */
const SHORT_DEADLINE_MS = 60;

/** How long the last piece before a kill may take to reach the far end; milliseconds. */
const ARRIVAL_MS = 40;

/** The third says what kind of command it is. */
const HEADING_LINES = 5;

/** By the first word of a change's first line, what the change is called. */
const VERBS: Readonly<Record<string, string>> = {
  ...{ install: 'install', restore: 'restore', remove: 'remove', check: 'check', settle: 'settle' },
  ...{ restarted: 'record', unrestarted: 'record', lasted: 'record', ended: 'record' },
};

/**
 * `look`, or what the first line of a change asks for: `record` says what came of a restart; `recover` where it asks for
 * nothing.
 */
export async function readVerb(
  stdin: AsyncIterable<Uint8Array>,
): Promise<{ verb: string; stdin: AsyncIterable<Uint8Array> }> {
  const rest = stdin[Symbol.asyncIterator]();
  const head: Uint8Array[] = [];
  let lines: readonly string[] = [];
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) {
    head.push(next.value);
    lines = Buffer.concat(head)
      .toString('latin1')
      .split('\n', HEADING_LINES + 2);
    if (lines.length > HEADING_LINES + 1) break;
  }
  const kind = firstWord(lines[2] ?? '');
  const change = VERBS[firstWord(lines[HEADING_LINES] ?? '')] ?? 'recover';
  return { verb: kind === 'look' ? kind : change, stdin: join(head, rest) };
}

/** The command as it meets what is to happen within it. */
export function disturbCommand(command: Command, disturbance: Disturbance | undefined): Command {
  switch (disturbance?.kind) {
    case 'Late':
      return { ...command, timeoutMs: SHORT_DEADLINE_MS };
    case 'KillInTransfer':
      return { ...command, stdin: cut(command.stdin, disturbance.share) };
    case 'KillWhileRunning':
      return { ...command, stdin: whenSent(command.stdin, () => setTimeout(die, disturbance.afterMs)) };
    case 'KillCommand':
      return {
        ...command,
        stdin: whenSent(command.stdin, () => {
          tell({ told: 'Sent' });
        }),
      };
    case 'KillBefore':
    case 'KillAfter':
    case 'LoseReply':
    case 'Fail':
    case 'Stop':
    case 'Partition':
    case 'Hold':
    case undefined:
      return command;
  }
}

async function* cut(stdin: AsyncIterable<Uint8Array>, share: number): AsyncGenerator<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stdin) chunks.push(chunk);
  const whole = Buffer.concat(chunks);
  yield whole.subarray(0, Math.floor(whole.length * share));
  await delay(ARRIVAL_MS);
  die();
}

async function* whenSent(stdin: AsyncIterable<Uint8Array>, act: () => void): AsyncGenerator<Uint8Array> {
  yield* stdin;
  act();
}

async function* join(
  head: readonly Uint8Array[],
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield* head;
  try {
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}

function firstWord(line: string): string {
  return line.split(/[ \n]/, 1)[0] ?? '';
}
