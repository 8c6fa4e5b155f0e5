// Carries out one plan for a Workspace.
import type { Workspace } from '../api/workspace.ts';
import { hold, release, type FinalizerTools } from '../finalizer.ts';
import type { Reach } from '../reach.ts';
import { attempt } from '../../lib/errors.ts';
import type { Plan } from './decide.ts';

export interface ActTools extends FinalizerTools<Workspace> {
  readonly reach: Reach;
}

/** @returns the object after our own writes; undefined once it is let go */
export async function act(
  tools: ActTools,
  object: Workspace,
  plan: Plan,
  signal: AbortSignal,
): Promise<Workspace | undefined> {
  switch (plan.kind) {
    case 'Nothing':
      return plan.reason === 'Released' ? undefined : object;
    case 'Hold':
      return hold(tools, object, signal);
    case 'Release':
      // Where this fails, another object takes the workspace over all the same, once this one is gone.
      await attempt(async () => (await tools.reach(object)).session.release(signal));
      await release(tools, object, signal);
      return undefined;
  }
}
