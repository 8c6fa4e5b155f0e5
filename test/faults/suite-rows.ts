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
    number: 5,
    title: 'stale reads; events dropped, doubled, out of order; deleted and made again (200 each)',
    files: ['faults/suites/stale-views.test.ts'],
    goal: 5 * 200,
    timeoutMs: 30 * 60_000,
  },
  {
    sort: 'Suite',
    number: 6,
    title: 'list and watch in trouble (a proxy before the API server)',
    files: ['faults/suites/watch.test.ts'],
    goal: 12 * 20,
  },
  {
    sort: 'Suite',
    number: 7,
    title: 'writes that conflict with edits of others',
    files: ['faults/suites/conflicts.test.ts'],
    goal: 100,
  },
  {
    sort: 'Suite',
    number: 11,
    title: 'queue and back-off, reflector, session and lease beside their models (virtual clock)',
    files: [
      'unit/reconcile/queue.model.test.ts',
      'unit/kube/reflector.model.test.ts',
      'unit/target/session.model.test.ts',
      'unit/kube/election.property.test.ts',
    ],
    goal: 10_000,
  },
  {
    sort: 'Suite',
    number: 8,
    title:
      'leaders stopped, cut off, with clocks set and at rates of 0.5 to 1.5 (election code, virtual time)',
    files: ['unit/kube/election.property.test.ts'],
    goal: 300,
  },
  {
    sort: 'Suite',
    number: 12,
    title: 'transfer cut, no room, no right, no tool, container restarted (session alone)',
    files: [
      'integration/target/every-cut.ts',
      'integration/target/every-lack.ts',
      'integration/target/disk.test.ts',
    ],
    goal: 300,
  },
  {
    sort: 'Suite',
    number: 13,
    title: 'reads while a plugin is updated (200 swaps by Exchange, 50 by Rename; directory and container)',
    files: ['integration/target/readers.test.ts'],
    goal: 100_000,
  },
  {
    sort: 'Suite',
    number: 16,
    title: 'an agent that tampers and plants (directory and container)',
    files: ['integration/target/hostile-agent.test.ts'],
    goal: 60,
  },
  {
    sort: 'Suite',
    number: 17,
    title: 'hostile trees and names (no archive is taken from outside)',
    files: [
      'unit/bundle/check.test.ts',
      'unit/bundle/fold.test.ts',
      'unit/bundle/names.test.ts',
      'unit/bundle/plugin-yaml.test.ts',
      'unit/bundle/tar.test.ts',
    ],
    goal: 80,
  },
  {
    sort: 'Suite',
    number: 17,
    title: 'hostile repositories',
    files: ['integration/sources/hostile.test.ts'],
    goal: 30,
  },
  {
    sort: 'Suite',
    number: 20,
    title: 'strings made to inject into argv, shell, ref, URL, ssh and logs (no SQL yet)',
    files: ['integration/sources/injection.test.ts'],
    goal: 200,
  },
  {
    sort: 'Suite',
    number: 21,
    title: 'upstream moved, forced, deleted, named alike, refusing and unreachable',
    files: ['faults/suites/upstream.test.ts'],
    goal: 20,
  },
];
