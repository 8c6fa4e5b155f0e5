// A clock that is right but never waits, for tests of what happens rather than of when.
import type { Clock } from '../../lib/clock.ts';

export const hastyClock: Clock = { now: () => new Date(), sleep: () => Promise.resolve() };
