// `npm run demo`: the main job, told to a newcomer, on real parts that are gone afterwards. `-- --keep` leaves them up
// to play with until Ctrl-C.
import { parseArgs } from 'node:util';
import { messageOf } from '../../lib/errors.ts';
import { chapter, print, why } from './narration.ts';
import { startParts, type Parts } from './parts.ts';
import { approve, dismiss, rollBack } from './steps/decide.ts';
import { declare } from './steps/declare.ts';
import { fail } from './steps/fail.ts';
import { outage } from './steps/outage.ts';
import { refuse } from './steps/refuse.ts';
import { remove } from './steps/remove.ts';
import type { Stage } from './steps/stage.ts';
import { tamper } from './steps/tamper.ts';
import { update } from './steps/update.ts';

const STORY: readonly ((stage: Stage) => Promise<void>)[] = [
  declare,
  tamper,
  update,
  approve,
  rollBack,
  dismiss,
  fail,
  outage,
  refuse,
  remove,
];

/** As a shell has it for a program that was ended by Ctrl-C. */
const INTERRUPTED = 130;

const end = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.once(name, () => {
    end.abort(new Error(`ended by ${name}`));
  });
}
process.exit(await main(end.signal));

async function main(signal: AbortSignal): Promise<number> {
  try {
    const { values } = parseArgs({ options: { keep: { type: 'boolean', default: false } } });
    await perform(values.keep, signal);
    return 0;
  } catch (error) {
    print(signal.aborted ? '\nended; what was started is gone' : `\nThe demo failed: ${explain(error)}`);
    return signal.aborted ? INTERRUPTED : 1;
  }
}

async function perform(keep: boolean, signal: AbortSignal): Promise<void> {
  const start = performance.now();
  chapter('Start the real parts');
  await using parts = await startParts(signal);
  // There is more to play with before everything is removed.
  for (const step of keep ? STORY.slice(0, -1) : STORY) {
    await step(parts.stage);
  }
  why(
    `That was all, in ${Math.round((performance.now() - start) / 1_000)} s: every command was real, and went as told.`,
  );
  if (keep) await untilEnded(parts, signal);
}

/** What failed while everything was taken down comes after what failed before it. */
function explain(error: unknown): string {
  return error instanceof SuppressedError
    ? `${explain(error.suppressed)}\nand then: ${explain(error.error)}`
    : messageOf(error);
}

async function untilEnded({ hints }: Parts, signal: AbortSignal): Promise<void> {
  chapter('Now it is yours, until Ctrl-C');
  print(`Paste this into another terminal, in this folder:\n\n${hints}\n`);
  const ended = Promise.withResolvers<undefined>();
  // A promise that is waited for does not keep a process running.
  const timer = setInterval(() => undefined, 60_000);
  signal.addEventListener('abort', () => {
    clearInterval(timer);
    ended.resolve(undefined);
  });
  await ended.promise;
}
