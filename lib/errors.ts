// The two shapes a failure has: one that a person must mend, and one that may pass by itself.

/** What every failure of an adapter carries; `reason` is a documented CamelCase constant. */
abstract class ReasonedError extends Error {
  readonly reason: string;

  /** @param message what happened, to which object, and what to do; never holds a secret */
  constructor(reason: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.reason = reason;
  }
}

/** Nothing changes until a person edits something: the object stalls and is not retried. */
export class PermanentError extends ReasonedError {}

/** May succeed later without anyone's help: retried with back-off. */
export class TransientError extends ReasonedError {
  /** The earliest useful moment for the next attempt, where the other side named one; milliseconds from now. */
  readonly retryAfterMs: number | undefined;

  constructor(reason: string, message: string, options?: ErrorOptions & { retryAfterMs?: number }) {
    super(reason, message, options);
    this.retryAfterMs = options?.retryAfterMs;
  }
}

/** A failure as a value, for `Observed` and `Outcome`: what an adapter threw, without its stack. */
export interface Failure {
  readonly kind: 'Permanent' | 'Transient';
  readonly reason: string;
  readonly message: string;
  readonly retryAfterMs?: number;
}

export type Attempt<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: Failure };

/** Runs an adapter's call and returns its Permanent or Transient error as a value; a programming error is thrown on. */
export async function attempt<T>(call: () => Promise<T>): Promise<Attempt<T>> {
  try {
    return { ok: true, value: await call() };
  } catch (error) {
    return { ok: false, failure: failureOf(error) };
  }
}

/** What ends a line, steers a terminal or turns the direction of writing: names of foreign things may hold it. */
const UNPRINTABLE = /[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]+/gu;

/** The message is one line, and shown as it is. @throws the error itself when it is neither Permanent nor Transient */
export function failureOf(error: unknown): Failure {
  if (error instanceof PermanentError) {
    return { kind: 'Permanent', reason: error.reason, message: lineOf(error) };
  }
  if (error instanceof TransientError) {
    const base = { kind: 'Transient', reason: error.reason, message: lineOf(error) } as const;
    return error.retryAfterMs === undefined ? base : { ...base, retryAfterMs: error.retryAfterMs };
  }
  throw error;
}

function lineOf({ message }: Error): string {
  return message.replace(UNPRINTABLE, ' ').trim();
}

/** The text of anything thrown, on one line. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
