// Bugs put in on purpose that a suite must find: each by the tests of the row that stands for it.
import type { Patch } from './mutants.ts';

export interface SuiteMutant {
  readonly name: string;
  readonly patches: readonly [Patch, ...Patch[]];
  /** Of the matrix. */
  readonly row: number;
  /** Below `test/`. */
  readonly file: string;
}

const QUEUE = 'lib/reconcile/queue.ts';
const QUEUE_MODEL = 'unit/reconcile/queue.model.test.ts';
const REFLECTOR_MODEL = 'unit/kube/reflector.model.test.ts';
const TERM = 'lib/kube/term.ts';
const NAMES = 'lib/bundle/names.ts';
const NAMES_TEST = 'unit/bundle/names.test.ts';

export const SUITE_MUTANTS: readonly SuiteMutant[] = [
  {
    name: 'a key is worked on twice at once',
    patches: [{ file: QUEUE, from: '    if (running !== undefined) {', to: '    if (running?.again) {' }],
    ...{ row: 11, file: QUEUE_MODEL },
  },
  {
    name: 'a wake-up during a visit is lost',
    patches: [{ file: QUEUE, from: 'if (running.again && !this.#shutDown) this.#makeReady(key);', to: '' }],
    ...{ row: 11, file: QUEUE_MODEL },
  },
  {
    name: 'what a list does not hold any more is kept',
    patches: [
      {
        file: 'lib/kube/store.ts',
        from: '.filter(([key]) => !listed.has(key))',
        to: '.filter(() => false)',
      },
    ],
    ...{ row: 11, file: REFLECTOR_MODEL },
  },
  {
    name: 'after a failure the watch goes on where it was',
    patches: [
      {
        file: 'lib/kube/reflector.ts',
        from: 'this.#listedAt = undefined;\n    this.#failures += 1;',
        to: 'this.#failures += 1;',
      },
    ],
    ...{ row: 11, file: REFLECTOR_MODEL },
  },
  {
    name: 'two changes of a plugin go into one command',
    patches: [{ file: 'lib/target/round.ts', from: 'if (taken.has(plugin) || !fits) {', to: 'if (!fits) {' }],
    ...{ row: 11, file: 'unit/target/session.model.test.ts' },
  },
  {
    name: 'a leader has no deadline',
    patches: [
      {
        file: TERM,
        from: 'if (!this.#end.signal.aborted && this.#countdown.isOver) this.lose(LATE);',
        to: '',
      },
      {
        file: TERM,
        from: 'countdown.onEnd = () => {\n      this.lose(LATE);',
        to: 'countdown.onEnd = () => {',
      },
      { file: TERM, from: 'if (countdown.isOver) this.lose(LATE);', to: '' },
    ],
    ...{ row: 8, file: 'unit/kube/election.property.test.ts' },
  },
  {
    name: 'an invisible character hides .git',
    patches: [{ file: NAMES, from: "foldName(name.replace(IGNORABLE, ''))", to: 'foldName(name)' }],
    ...{ row: 17, file: NAMES_TEST },
  },
  {
    name: 'a name may turn the direction of writing',
    patches: [{ file: NAMES, from: '[\\p{Cc}\\p{Bidi_Control}\\p{Zl}\\p{Zp}]', to: '[\\p{Cc}]' }],
    ...{ row: 17, file: NAMES_TEST },
  },
  {
    name: 'names that collide are let in',
    patches: [
      {
        file: 'lib/bundle/check.ts',
        from: 'const key = foldName(wanted.name);',
        to: 'const key = wanted.name;',
      },
    ],
    ...{ row: 17, file: 'unit/bundle/check.test.ts' },
  },
];
