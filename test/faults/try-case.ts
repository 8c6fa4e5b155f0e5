// Runs one case from its stage to the end of it; what goes wrong with that is a finding, and stops no other case.
import type { Bed } from './bed.ts';
import type { Case, Verdict } from './case.ts';
import { describe } from './converge.ts';
import { CaseRun } from './run-case.ts';
import { openStage } from './stage.ts';

type Found = Omit<Verdict, 'ms'>;

/** Before anything is found. */
const NOTHING: Found = { findings: [], reached: true, calls: [], world: '', restarts: 0, log: '' };

export async function tryCase(bed: Bed, one: Case): Promise<Verdict> {
  const start = performance.now();
  let found = NOTHING;
  const keep = (verdict: Found): void => {
    found = verdict;
  };
  try {
    await runCase(bed, one, keep);
  } catch (error) {
    const finding = { oracle: 'Harness', message: `the case broke off: ${describe(error)}` } as const;
    found = { ...found, findings: [...found.findings, finding] };
  }
  return { ...found, ms: performance.now() - start };
}

/** Everything is closed, also when closing something fails. */
async function runCase(bed: Bed, one: Case, keep: (verdict: Found) => void): Promise<void> {
  const stage = await openStage(bed, one.place, one.story);
  try {
    const run = new CaseRun(one, stage);
    try {
      keep(await run.verdict());
    } finally {
      await run.close();
    }
  } finally {
    await stage.close();
  }
}
