// The steps that follow changes: who waits for one, and how a command finishes it.
import type { Caller } from './caller.ts';
import type { Found, Target } from './exchange.ts';
import { settleAsked, settleStep } from './outcome.ts';
import type { StepOperation } from './protocol.ts';
import type { Restarts } from './restarts.ts';
import type { Look } from './target.ts';

export type Step =
  | StepOperation
  | { readonly kind: 'restart'; readonly request: { readonly plugin: string } }
  | { readonly kind: 'prove'; readonly request: { readonly plugin: string } };

export interface StepWait {
  readonly step: Step;
  readonly caller: Caller<Look>;
}

/** Those that are next, and the rest: all who wait for a restart, or for its proof, share it; any other step may take long. */
export function splitSteps(steps: readonly StepWait[]): [readonly StepWait[], readonly StepWait[]] {
  const [first, ...rest] = steps;
  if (first === undefined) return [[], []];
  const { kind } = first.step;
  if (kind !== 'restart' && kind !== 'prove') return [[first], rest];
  const isShared = ({ step }: StepWait): boolean => step.kind === kind;
  return [steps.filter(isShared), steps.filter((wait) => !isShared(wait))];
}

/** What steps are finished with. */
export interface StepTools {
  readonly target: Target;
  readonly restarts: Restarts;
  readonly signal: AbortSignal;
  /** Is told all that was found on the way. */
  readonly remember: (found: Found) => void;
}

/**
 * Finishes steps that are next together, and tells those who wait for them.
 * @throws what nobody has been told yet
 */
export async function finishSteps(steps: readonly StepWait[], tools: StepTools): Promise<void> {
  const { target, restarts, signal, remember } = tools;
  const [first] = steps;
  if (first === undefined) return;
  const { step, caller } = first;
  if (step.kind === 'restart') {
    await restart(steps, tools);
  } else if (step.kind === 'prove') {
    const outcome = await restarts.prove(signal);
    tell(steps, await restarts.tell(outcome, pluginsOf(steps), signal), tools);
  } else {
    const looks = [step.request.plugin];
    const found = await target.ask({ operations: [step], looks, list: true }, signal);
    remember(found);
    settleStep(caller, step, found);
  }
}

/** The workspace says for whom a restart is still due: one that was done since, by whomever, is not done again. */
async function restart(steps: readonly StepWait[], tools: StepTools): Promise<void> {
  const { target, restarts, signal, remember } = tools;
  const plugins = pluginsOf(steps);
  const before = await target.recover(plugins, signal);
  remember(before);
  signal.throwIfAborted();
  const isDue = plugins.some((plugin) => isRestartDue(before.looks.get(plugin)));
  tell(steps, isDue ? await restarts.tell(await restarts.restart(), plugins, signal) : before, tools);
}

function pluginsOf(steps: readonly StepWait[]): readonly string[] {
  return [...new Set(steps.map(({ step }) => step.request.plugin))];
}

function isRestartDue(look: Look | undefined): boolean {
  const todo = look?.plugin.todo;
  return todo?.steps[0] === 'Restart' && todo.isStarted !== true;
}

function tell(steps: readonly StepWait[], found: Found, { remember }: Pick<StepTools, 'remember'>): void {
  remember(found);
  for (const { step, caller } of steps) settleAsked(caller, found.looks.get(step.request.plugin));
}
