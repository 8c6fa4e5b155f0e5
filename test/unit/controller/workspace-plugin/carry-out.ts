// A visit without a world: what is decided about what was found is taken for carried out, or failed, and reported.
import { decide, type Plan } from '../../../../controller/workspace-plugin/decide.ts';
import type { Observed } from '../../../../controller/workspace-plugin/observed.ts';
import { report } from '../../../../controller/workspace-plugin/report.ts';
import type { Failure } from '../../../../lib/errors.ts';
import type { LookedPlugin } from '../../../../lib/target/target.ts';
import { failed, look, NOW, ok } from '../../builders.ts';

export interface Circumstances {
  /** Of what the plan does in the workspace. */
  readonly failure?: Failure | undefined;
  /** How the plan leaves the live folder; default: as it wanted it. */
  readonly left?: LookedPlugin | undefined;
  readonly now?: Date | undefined;
  readonly random?: number | undefined;
}

export function carryOut(
  observed: Observed,
  { failure, left, now = NOW, random = 0.5 }: Circumstances = {},
): ReturnType<typeof report> & { readonly plan: Plan } {
  const { object } = observed;
  const plan = decide(observed);
  const target = plan.kind === 'Install' || plan.kind === 'Finish' ? plan.target : undefined;
  const after = { time: NOW, plugin: left ?? look(target) };
  const made = { effect: 'Installed', swapMode: 'Exchange', uncleaned: [], look: after } as const;
  const end = <T>(value: T) => (failure === undefined ? ok(value) : failed(failure));
  const change = plan.kind === 'Install' || plan.kind === 'Withdraw' ? end(made) : undefined;
  const finish = plan.kind === 'Finish' ? end(after) : undefined;
  return { plan, ...report({ observed, plan, acted: { object, change, finish } }, now, random) };
}
