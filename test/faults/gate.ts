// The gate that every call across a boundary passes: it numbers and tells of each, and disturbs the one it was told to.
import { writeSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Disturbance, Fault, Moment, Told } from './boundaries.ts';
import { createError, unknownOutcomeOf, type TypedError } from './typed-errors.ts';

/** The descriptor of the pipe to the parent. Writing is synchronous, so that a kill right after loses nothing. */
const REPORTS = 3;

/** How long a reply that comes too late is held back, where the adapter has no shorter deadline; milliseconds. */
const LATE_MS = 2_000;

export interface Crossing<T> {
  readonly name: string;
  /** Does the call; is given what is to happen within it. */
  readonly call: (disturbance: Disturbance | undefined) => Promise<T>;
  /** Is told when the call fails on purpose. */
  readonly onFailure?: () => void;
  /** Whether such a result is one of a call that was done to its end; default: any is. */
  readonly isWell?: (result: T) => boolean;
}

export class Gate {
  #counts = new Map<string, number>();
  #fault: Fault | undefined;

  #released = Promise.withResolvers<undefined>();
  #isCutOff = false;

  /** Nothing of the API server gets through. */
  isCutOff(): boolean {
    return this.#isCutOff;
  }

  /** Resolves when what is held, or cut off, is let go of. */
  get released(): Promise<undefined> {
    return this.#released.promise;
  }

  release(): void {
    this.#isCutOff = false;
    this.#released.resolve(undefined);
    this.#released = Promise.withResolvers();
  }

  arm(fault: Fault | undefined): void {
    this.#counts = new Map();
    this.#fault = fault;
    tell({ told: 'Armed' });
  }

  async pass<T>({ name, call, onFailure, isWell = () => true }: Crossing<T>): Promise<T> {
    const counts = this.#counts;
    const occurrence = (counts.get(name) ?? 0) + 1;
    counts.set(name, occurrence);
    tell({ told: 'Before', name, occurrence });
    const disturbance = this.#take(name, occurrence);
    if (disturbance?.kind === 'KillBefore') die();
    const fail = (error: TypedError, message: string): Error => {
      onFailure?.();
      return createError(error, message);
    };
    let isDone = false;
    try {
      if (disturbance?.kind === 'Fail') throw fail(disturbance.error, `${name} was refused on purpose`);
      await this.#pause(disturbance, 'Before');
      const result = await this.#toItsEnd(call, disturbance);
      isDone = isWell(result);
      if (disturbance?.kind === 'LoseReply') {
        throw fail(unknownOutcomeOf(name), `the reply of ${name} was lost on purpose`);
      }
      if (disturbance?.kind === 'Late') {
        await delay(LATE_MS);
        throw fail(unknownOutcomeOf(name), `${name} did not end in time, on purpose`);
      }
      return result;
    } finally {
      // A command that has ended by then is as one that is killed right after: nothing that follows is met by its kill.
      if (disturbance?.kind === 'KillAfter' || disturbance?.kind === 'KillWhileRunning') die();
      // What belongs to the time before it was armed again is of no interest any more.
      if (counts === this.#counts) tell({ told: 'After', name, occurrence, isWell: isDone });
    }
  }

  /** Also of one that fails: what is to happen after it happens then. */
  async #toItsEnd<T>(call: Crossing<T>['call'], disturbance: Disturbance | undefined): Promise<T> {
    try {
      return await call(disturbance);
    } finally {
      await this.#pause(disturbance, 'After');
    }
  }

  async #pause(disturbance: Disturbance | undefined, moment: Moment): Promise<void> {
    if (disturbance?.kind === 'Stop' && disturbance.moment === moment) process.kill(process.pid, 'SIGSTOP');
    if (disturbance?.kind === 'Hold' && disturbance.moment === moment) {
      tell({ told: 'Held' });
      await this.released;
    }
  }

  #take(name: string, occurrence: number): Disturbance | undefined {
    const fault = this.#fault;
    if (fault?.name !== name || fault.occurrence !== occurrence) return undefined;
    this.#fault = undefined;
    if (fault.disturbance.kind === 'Partition') this.#isCutOff = true;
    tell({ told: 'Struck' });
    return fault.disturbance;
  }
}

export function tell(message: Told): void {
  writeSync(REPORTS, `${JSON.stringify(message)}\n`);
}

export function die(): void {
  process.kill(process.pid, 'SIGKILL');
}
