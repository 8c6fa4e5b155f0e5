// What came of an operation, told to the one who asked for it: success is what was read back, not what was said.
import { TransientError } from '../errors.ts';
import type { Caller } from './caller.ts';
import type { Found } from './exchange.ts';
import type { ChangeOperation, StepOperation } from './protocol.ts';
import type { Change, Look } from './target.ts';

/** @param index of the operation in its command */
export function settleChange(
  caller: Caller<Change>,
  operation: ChangeOperation,
  found: Found,
  index: number,
): void {
  const { plugin } = operation.request;
  const [result, look] = [found.results[index], found.looks.get(plugin)];
  if (result?.ok === false) {
    caller.reject(result.error);
  } else if (look === undefined || result === undefined || isStep(result.effect)) {
    caller.reject(unsaid());
  } else if (!hasWanted(operation, look)) {
    const message = `${plugin} was changed again in the workspace right after it was ${result.effect.toLowerCase()}`;
    caller.reject(new TransientError('InstallFailed', message));
  } else {
    const { effect, swapMode } = result;
    caller.resolve({ effect, swapMode, uncleaned: found.uncleaned.get(plugin) ?? [], look });
  }
}

/** For the only operation of a command. */
export function settleStep(caller: Caller<Look>, { request }: StepOperation, found: Found): void {
  const [result, look] = [found.results[0], found.looks.get(request.plugin)];
  if (result?.ok === false) caller.reject(result.error);
  else if (look === undefined || result === undefined) caller.reject(unsaid());
  else caller.resolve(look);
}

function isStep(effect: string): effect is 'Checked' | 'Settled' {
  return effect === 'Checked' || effect === 'Settled';
}

function unsaid(): TransientError {
  return new TransientError('InvalidAnswer', 'the workspace did not say what came of the change');
}

/** Nobody is left waiting: an answer that lacks what was asked for is none. */
export function settleAsked<T>(caller: Caller<T>, found: T | undefined): void {
  if (found !== undefined) caller.resolve(found);
  else caller.reject(new TransientError('InvalidAnswer', 'the workspace did not say what it was asked for'));
}

function hasWanted(operation: ChangeOperation, { plugin }: Look): boolean {
  switch (operation.kind) {
    case 'remove':
      return plugin.state === 'Absent';
    case 'install':
      return plugin.state === 'Marked' && plugin.manifestDigest === operation.request.bundle.digest;
    case 'restore':
      return plugin.state === 'Marked' && plugin.manifestDigest === operation.request.digest;
  }
}
