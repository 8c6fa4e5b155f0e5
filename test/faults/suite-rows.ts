// The rows of RELIABILITY's matrix that are mocha suites.
import type { SuiteRow } from './row.ts';

export const SUITE_ROWS: readonly SuiteRow[] = [
  {
    sort: 'Suite',
    number: 4,
    title: 'target program killed before each of its commands (session alone)',
    files: ['integration/target/every-kill.ts'],
    goal: 500,
  },
  {
    sort: 'Suite',
    number: 6,
    title: 'list and watch in trouble (a proxy before the API server)',
    files: ['faults/suites/watch.test.ts'],
    goal: 12 * 20,
  },
];
