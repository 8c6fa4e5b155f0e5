// Many cases of one suite: each a test with a name of its own, several under way at once.

export interface SideCase {
  readonly name: string;
  /** Rejects when what must hold does not. */
  readonly run: () => Promise<void>;
}

/** Call it within a `describe`. With each test the ones that follow are begun, so that `atOnce` are under way. */
export function testSideBySide(
  cases: readonly SideCase[],
  { atOnce, timeoutMs }: { readonly atOnce: number; readonly timeoutMs: number },
): void {
  const begun = new Map<SideCase, Promise<PromiseSettledResult<void>>>();
  const begin = (one: SideCase): Promise<PromiseSettledResult<void>> => {
    const known = begun.get(one);
    if (known !== undefined) return known;
    const result = Promise.allSettled([one.run()]).then(([settled]) => settled);
    begun.set(one, result);
    return result;
  };

  after(() => Promise.all(begun.values()));

  for (const [index, one] of cases.entries()) {
    it(one.name, async function () {
      this.timeout(timeoutMs);
      for (const next of cases.slice(index, index + atOnce)) void begin(next);
      const result = await begin(one);
      if (result.status === 'rejected') throw result.reason;
    });
  }
}
