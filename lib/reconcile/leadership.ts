// Which of several controllers may act: the contract, and the one who is alone.

/** Orders terms, whoever's they are: a later one has the greater `since` or, where that is equal, `transitions`. */
export interface TermNumber {
  /** Milliseconds since 1970. */
  readonly since: number;
  readonly transitions: number;
}

export interface Leadership {
  /**
   * Calls `lead` once for each term, never twice at once, until `end` aborts. The signal that it is given aborts when the
   * term is lost: from then on nothing may be done any more, and it has to resolve as soon as it can. When `end` aborts,
   * a term under way lasts until `lead` resolves, and is then given back at once.
   */
  run(lead: (term: AbortSignal) => Promise<void>, end: AbortSignal): Promise<void>;
  /**
   * The term under way. Ask before each effect: it notices also what no timer has told yet, such as a process that was
   * stopped for a while.
   * @throws TransientError `NotLeading` when there is none
   */
  term(): TermNumber;
  /** Asks those who know better whether the term under way is ours still; false when they do not answer. */
  confirm(signal: AbortSignal): Promise<boolean>;
}

/**
 * Of a controller that nobody competes with, as whoever starts it has promised: one term, from now on, which is always its own.
 * What a workspace has of a later one comes from a clock that was ahead, or was written there.
 */
export function alone(since: Date): Leadership {
  return {
    run: (lead) => lead(new AbortController().signal),
    term: () => ({ since: since.getTime(), transitions: 0 }),
    confirm: () => Promise.resolve(true),
  };
}
