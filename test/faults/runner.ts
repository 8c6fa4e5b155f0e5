// Runs cases side by side and tells how it goes.
import type { Bed } from './bed.ts';
import { nameOf, type Case, type Verdict } from './case.ts';
import { say } from './say.ts';
import { tryCase } from './try-case.ts';

export interface Done {
  readonly one: Case;
  readonly verdict: Verdict;
}

const PROGRESS_EVERY = 20;

/** In the order in which they ended. */
export async function runAll(bed: Bed, cases: readonly Case[], jobs: number): Promise<readonly Done[]> {
  const [waiting, done]: [Case[], Done[]] = [[...cases], []];
  const work = async (): Promise<void> => {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) {
      const verdict = await tryCase(bed, one);
      done.push({ one, verdict });
      tell(one, verdict);
      if (done.length % PROGRESS_EVERY === 0) say(`${done.length} of ${cases.length} cases`);
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
  return done;
}

function tell(one: Case, { findings, log }: Verdict): void {
  if (findings.length === 0) return;
  say(`FAILED ${nameOf(one)}`);
  for (const { oracle, message } of findings) say(`  ${oracle}: ${message}`);
  if (one.mutations === undefined) say(`  the end of the log: ${log.slice(-1_500)}`);
}
