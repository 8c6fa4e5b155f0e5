// What a visit can end with; one place (controller.ts) turns it into a queue action.

export type Outcome =
  /** As wanted; visit again after this long, or only on a change when undefined. */
  | { readonly kind: 'Settled'; readonly requeueAfterMs: number | undefined }
  /** Something failed that may pass: visit again at `afterMs`, which already holds back-off and jitter. */
  | { readonly kind: 'Retry'; readonly afterMs: number }
  /** A person must act: no visit until the object, or something it refers to, changes. */
  | { readonly kind: 'Stalled' }
  /** The object is gone, or its finalizer is. */
  | { readonly kind: 'Gone' };

export const stalled: Outcome = Object.freeze({ kind: 'Stalled' });
export const gone: Outcome = Object.freeze({ kind: 'Gone' });
