// Carries out one plan for a Workspace.
import type { Workspace } from '../api/workspace.ts';
import { hold, release, type FinalizerTools } from '../finalizer.ts';
import type { Plan } from './decide.ts';

/** @returns the object after our own writes; undefined once it is let go */
export async function act(
  tools: FinalizerTools<Workspace>,
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
      await release(tools, object, signal);
      return undefined;
  }
}
