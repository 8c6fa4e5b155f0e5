// The steps that follow changes: who waits for one, and how a command finishes it.
import type { Caller } from './caller.ts';
import type { Found, Target } from './exchange.ts';
import type { Memory } from './memory.ts';
import { settleAsked, settleStep } from './outcome.ts';
import type { StepOperation } from './protocol.ts';
import type { Restarts } from './restarts.ts';
import type { Look } from './target.ts';
import { isRestartDue } from './told.ts';

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

type Looks = ReadonlyMap<string, Look>;

/** What steps are finished with. */
export interface StepTools {
  readonly target: Target;
  readonly restarts: Restarts;
  readonly memory: Pick<Memory, 'plugins' | 'instance' | 'justTold'>;
  /** For a command that begins now: is told what that has found. */
  readonly rememberer: () => (found: Found) => void;
  /** Another run of the workspace begins; undefined: whichever it is. */
  readonly renew: (instance: string | undefined) => void;
  readonly signal: AbortSignal;
}

/**
 * Finishes steps that are next together, and tells those who wait for them.
 * @throws what nobody has been told yet
 */
export async function finishSteps(steps: readonly StepWait[], tools: StepTools): Promise<void> {
  const { target, rememberer, signal } = tools;
  const [first] = steps;
  if (first === undefined) return;
  const { step, caller } = first;
  if (step.kind === 'restart') {
    tell(steps, await restart(pluginsOf(steps), tools));
  } else if (step.kind === 'prove') {
    tell(steps, await prove(pluginsOf(steps), tools));
  } else {
    const looks = [step.request.plugin];
    const remember = rememberer();
    const found = await target.ask({ operations: [step], looks, list: true }, signal);
    remember(found);
    settleStep(caller, step, found);
  }
}

/** The workspace says for whom a restart is still due: one that was done since, by whomever, is not done again. */
async function restart(plugins: readonly string[], tools: StepTools): Promise<Looks> {
  const looks = (await recall(plugins, tools)) ?? (await recover(plugins, tools));
  return isDueForOne(looks) ? restartNow(plugins, tools) : looks;
}

function isDueForOne(looks: Looks): boolean {
  return [...looks.values()].some(isRestartDue);
}

/** What it has just said (told.ts), where that is enough and nobody has restarted it since. */
async function recall(
  plugins: readonly string[],
  { memory, restarts, signal }: StepTools,
): Promise<Looks | undefined> {
  const told = (): Looks | undefined => {
    const looks = memory.justTold(plugins);
    return isDueForOne(looks) || looks.size === plugins.length ? looks : undefined;
  };
  const { instance } = memory;
  if (instance === undefined || told() === undefined) return undefined;
  return (await restarts.currentRun(signal)) === instance ? told() : undefined;
}

async function recover(
  plugins: readonly string[],
  { target, rememberer, signal }: StepTools,
): Promise<Looks> {
  const remember = rememberer();
  const found = await target.recover(plugins, signal);
  remember(found);
  return found.looks;
}

/**
 * Where another run of the workspace begins, nothing seen before counts. All that is found once that run is known to be there
 * belongs to it, or to a later one: who learns of the restart from the platform finds it answered. A run that was begun by
 * somebody else meanwhile is another instance.
 */
async function restartNow(plugins: readonly string[], tools: StepTools): Promise<Looks> {
  const { restarts, memory, rememberer, renew, signal } = tools;
  signal.throwIfAborted();
  if (restarts.beginsRun) renew(undefined);
  const outcome = await restarts.restart();
  if (restarts.beginsRun) renew(await restarts.currentRun(signal));
  const looks = restarts.beginsRun ? [...new Set([...plugins, ...memory.plugins])] : plugins;
  const remember = rememberer();
  const found = await restarts.tell(outcome, { plugins, looks }, signal);
  remember(found);
  return found.looks;
}

async function prove(
  plugins: readonly string[],
  { restarts, rememberer, signal }: StepTools,
): Promise<Looks> {
  const remember = rememberer();
  const found = await restarts.tell(await restarts.prove(signal), { plugins, looks: plugins }, signal);
  remember(found);
  return found.looks;
}

function pluginsOf(steps: readonly StepWait[]): readonly string[] {
  return [...new Set(steps.map(({ step }) => step.request.plugin))];
}

function tell(steps: readonly StepWait[], looks: Looks): void {
  for (const { step, caller } of steps) settleAsked(caller, looks.get(step.request.plugin));
}
