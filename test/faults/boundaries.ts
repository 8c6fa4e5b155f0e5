// The words between a controller under test and its parent: which calls cross a boundary, and what befalls one of them.

import type { TypedError } from './typed-errors.ts';

/** One crossing: the how-manieth call of this name since the controller was armed, from 1. */
export interface Point {
  /** Stable from run to run: `kube.update workspaceplugins/status`, `runtime.run install`. */
  readonly name: string;
  readonly occurrence: number;
}

export type Disturbance =
  /** kill -9 of the controller just before the call, or just after it. */
  | { readonly kind: 'KillBefore' }
  | { readonly kind: 'KillAfter' }
  /** The call was done, but it fails as if the connection had broken. */
  | { readonly kind: 'LoseReply' }
  /** The call is not done, and fails in one of the ways that its contract names. */
  | { readonly kind: 'Fail'; readonly error: TypedError }
  /** The call does not end in time. */
  | { readonly kind: 'Late' }
  /** kill -9 of the controller when this share (0 to 1) of what a command reads has been sent. */
  | { readonly kind: 'KillInTransfer'; readonly share: number }
  /** kill -9 of the controller this long after all has been sent, while the command runs on. */
  | { readonly kind: 'KillWhileRunning'; readonly afterMs: number }
  /** The process is stopped just before the call, or just after it, until its parent lets it go on. */
  | { readonly kind: 'Stop'; readonly moment: Moment }
  /** From this call on nothing of the API server gets through, until its parent heals it. */
  | { readonly kind: 'Partition' }
  /** The call waits, before it is done or after, while its parent does something to the world. */
  | { readonly kind: 'Hold'; readonly moment: Moment; readonly deed: DeedName }
  /** kill -9 of the command itself this long after all has been sent; done by the parent. */
  | { readonly kind: 'KillCommand'; readonly afterMs: number };

export interface Fault extends Point {
  readonly disturbance: Disturbance;
}

export type Moment = 'Before' | 'After';

/** What may befall the world in the middle of a call; deeds.ts does it. */
export type DeedName = 'Delete' | 'Recreate' | 'Replace' | 'Lose';

/** A line to the controller: count from 1 again, and disturb this; or let go of what is held or cut off. */
export type Order = { readonly fault: Fault | undefined } | { readonly release: true };

/** A line from the controller. */
export type Told =
  | ({ readonly told: 'Before' } & Point)
  /** `isWell`: it was done, and to its end, whatever is made of its reply. */
  | ({ readonly told: 'After'; readonly isWell: boolean } & Point)
  /** `Held`: a call waits for its release. */
  | { readonly told: 'Armed' | 'Struck' | 'Held' }
  /** All of a command that is to be killed has been sent. */
  | { readonly told: 'Sent' };

export function describePoint({ name, occurrence }: Point): string {
  return `${name} #${occurrence}`;
}

/** As it is written in the name of a case. */
export function describeFault(fault: Fault): string {
  const { disturbance } = fault;
  return `${disturbance.kind}${detailOf(disturbance)} ${describePoint(fault)}`;
}

function detailOf(disturbance: Disturbance): string {
  switch (disturbance.kind) {
    case 'Fail':
      return ` with ${disturbance.error.sort} ${disturbance.error.reason}`;
    case 'KillInTransfer':
      return ` at ${disturbance.share}`;
    case 'KillWhileRunning':
    case 'KillCommand':
      return ` after ${disturbance.afterMs} ms`;
    case 'Stop':
      return ` ${disturbance.moment}`;
    case 'Hold':
      return ` ${disturbance.moment} for ${disturbance.deed}`;
    case 'Partition':
    case 'KillBefore':
    case 'KillAfter':
    case 'LoseReply':
    case 'Late':
      return '';
  }
}
