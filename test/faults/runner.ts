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
  const begun = performance.now();
  const work = async (): Promise<void> => {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) {
      const verdict = await tryCase(bed, one);
      done.push({ one, verdict });
      tell(one, verdict);
      if (done.length % PROGRESS_EVERY === 0)
        say(`${done.length} of ${cases.length} cases${paceOf(done, begun)}`);
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
  return done;
}

/** In words; so that one sees early whether a run ends in time. */
function paceOf({ length }: readonly Done[], begun: number): string {
  return `, ${((length * 60_000) / (performance.now() - begun)).toFixed(0)} a minute`;
}

function tell(one: Case, { findings, log }: Verdict): void {
  if (findings.length === 0) return;
  say(`FAILED ${nameOf(one)}`);
  for (const { oracle, message } of findings) say(`  ${oracle}: ${message}`);
  if (one.mutations === undefined) say(`  the end of the log: ${log.slice(-1_500)}`);
}
