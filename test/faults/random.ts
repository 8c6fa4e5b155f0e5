// Random numbers that a printed seed brings back.

/** Numbers in [0, 1). */
export type Random = () => number;

/** Mulberry32: small, even, the same everywhere; not for security. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A whole number from 0 to `below` - 1. */
export function pickNumber(random: Random, below: number): number {
  return Math.floor(random() * below);
}

/** @throws Error for an empty list */
export function pick<T>(random: Random, list: readonly T[]): T {
  const found = list[pickNumber(random, list.length)];
  if (found === undefined) throw new Error('there is nothing to pick from');
  return found;
}

export function shuffle<T>(random: Random, list: readonly T[]): readonly T[] {
  return list
    .map((item) => ({ item, order: random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ item }) => item);
}
