// Bugs put in on purpose that a suite must find: each by the tests of the row that stands for it.
import type { SuiteMutant } from './mutant.ts';

const QUEUE = 'lib/reconcile/queue.ts';
const QUEUE_MODEL = 'unit/reconcile/queue.model.test.ts';
const REFLECTOR_MODEL = 'unit/kube/reflector.model.test.ts';
const FENCE = 'lib/target/fence.sh';
const BATCH = 'lib/target/batch.sh';
const STEPS = 'lib/target/steps.ts';
const SESSION_RESTARTS = 'unit/target/session-restarts.test.ts';
const SESSION = 'integration/target/directory.test.ts';
const FLUSHES = 'integration/target/flushes.test.ts';
const CLIENT = 'lib/kube/client.ts';
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
    patches: [{ file: QUEUE, from: 'this.#ready.add({ key, lane: running.again, since: now });', to: '' }],
    ...{ row: undefined, file: 'unit/reconcile/queue.test.ts' },
  },
  {
    name: 'what is due waits until nothing is changed any more',
    patches: [
      {
        file: 'lib/reconcile/lanes.ts',
        from: "this.#ahead = place.lane === 'Front' ? this.#ahead + 1 : 0;",
        to: 'this.#ahead = 0;',
      },
    ],
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
  {
    name: 'a tree is swapped in without a flush',
    patches: [{ file: BATCH, from: "try 'flushing to disk' flush", to: ':' }],
    ...{ row: 1, file: FLUSHES, only: 'an update (' },
  },
  {
    name: 'a swap is answered before it is on disk',
    patches: [{ file: BATCH, from: 'flush 2>/dev/null\n  forget', to: 'forget' }],
    ...{ row: 1, file: FLUSHES, only: 'an update (' },
  },
  {
    name: 'the ticket is not compared',
    patches: [{ file: FENCE, from: '[ "$1" -gt "$since" ]', to: 'false' }],
    ...{ row: 8, file: SESSION, only: 'with a ticket older than one that has been there' },
  },
  {
    name: 'the lock of a living command is taken away',
    patches: [
      { file: FENCE, from: 'case ${entry##*/} in .owner.*) ! is_held "$entry" || return ;; esac', to: '' },
    ],
    ...{ row: 8, file: SESSION, only: 'the lock of a holder that is dead, and only that' },
  },
  {
    name: 'the lock of a dead command is never taken over',
    patches: [
      {
        file: FENCE,
        from: 'find_start "$4"; then\n    ! end_command "$4"',
        to: 'find_start "$4"; then\n    true',
      },
    ],
    ...{ row: 4, file: SESSION, only: 'the lock of a holder that is dead, and only that' },
  },
  {
    name: 'a restart that was done is done again',
    patches: [{ file: 'lib/target/todo.sh', from: 'then pass_step Restart; else', to: 'then :; else' }],
    ...{ row: 1, file: SESSION, only: 'restarts once for all that were changed until then, and not again' },
  },
  {
    name: 'a restart that somebody else has done right after the change is done again',
    patches: [{ file: STEPS, from: '(await restarts.currentRun(signal)) === instance ?', to: 'instance ?' }],
    ...{ row: undefined, file: SESSION_RESTARTS, only: 'asks where somebody else has restarted it since' },
  },
  {
    name: 'a restart is due for as long as a change has once said so',
    patches: [{ file: 'lib/target/told.ts', from: ' && ageMs(look) <= MOMENT_MS;', to: ';' }],
    ...{ row: 8, file: SESSION_RESTARTS, only: 'asks' },
  },
  {
    name: 'what was seen before a restart of its own counts after it',
    patches: [
      { file: STEPS, from: 'if (restarts.beginsRun) renew(undefined);', to: '' },
      { file: STEPS, from: 'if (restarts.beginsRun) renew(await restarts.currentRun(signal));', to: '' },
    ],
    ...{ row: undefined, file: 'unit/target/session-restarted.test.ts' },
  },
  {
    name: 'what arrived is not hashed',
    patches: [
      {
        file: 'lib/target/stage.sh',
        from: 'if is_as_shipped "$expected"; then',
        to: 'if :; then',
      },
    ],
    ...{ row: 12, file: SESSION, only: 'and one that fails leaves the others alone' },
  },
  {
    name: 'what a killed command staged stays',
    patches: [{ file: 'lib/target/recover.sh', from: 'discard "$1" # being staged', to: ': # being staged' }],
    ...{ row: 4, file: 'integration/target/every-kill.ts', only: 'ends a first install as if nothing' },
  },
  {
    name: 'the exchanged old tree is thrown away by recovery',
    patches: [
      {
        file: 'lib/target/recover.sh',
        from: 'keep_displaced "$1" # the exchange was done: this is the old tree',
        to: 'discard "$1"',
      },
    ],
    ...{ row: 4, file: 'integration/target/every-kill.ts', only: 'ends an update as if nothing' },
  },
  {
    name: 'what an agent planted is followed',
    patches: [{ file: BATCH, from: '  clear_planted\n', to: '' }],
    ...{
      row: 16,
      file: 'integration/target/hostile-agent.test.ts',
      only: 'in a directory that plants a symlink',
    },
  },
  {
    name: 'a write of ours is forgotten until the watch tells it',
    patches: [{ file: 'lib/kube/store.ts', from: 'this.#written.set(key, object);', to: 'return;' }],
    ...{ row: 5, file: 'unit/kube/store.test.ts' },
  },
  {
    name: 'a stale view is trusted',
    patches: [
      {
        file: CLIENT,
        from: 'metadata: { name, namespace, resourceVersion, uid }, status };',
        to: 'metadata: {}, status };',
      },
      {
        file: CLIENT,
        from: "json', content };\n    return readObject(resource, await this.#transport.call({ method: 'PUT'",
        to: "merge-patch+json', content };\n    return readObject(resource, await this.#transport.call({ method: 'PATCH'",
      },
    ],
    ...{ row: 5, file: 'faults/suites/stale-views.test.ts', only: 'lists that are stale', cases: 100 },
  },
  {
    name: 'finalizers of others go with ours',
    patches: [
      {
        file: 'controller/finalizer.ts',
        from: '{ uid, resourceVersion, finalizers }',
        to: '{ finalizers: finalizers.slice(-1) }',
      },
    ],
    ...{ row: 7, file: 'faults/suites/conflicts.test.ts', cases: 75 },
  },
  {
    name: 'a new leader believes what it has read while it waited',
    patches: [{ file: 'lib/reconcile/manager.ts', from: 'cache.renew()', to: 'Promise.resolve()' }],
    ...{ row: 8, file: 'unit/reconcile/manager-terms.test.ts' },
  },
  {
    name: 'who leads no more still writes',
    patches: [
      {
        file: 'lib/kube/fenced.ts',
        from: 'check();\n      return client.patch',
        to: 'return client.patch',
      },
    ],
    ...{ row: 8, file: 'unit/kube/fenced.test.ts' },
  },
  {
    name: 'the approval of a superseded update is obeyed',
    patches: [
      {
        file: 'controller/workspace-plugin/updates.ts',
        from: 'const decided = [pending, proposal?.update].find(',
        to: 'const decided = [...updates.list(object.metadata.namespace), pending, proposal?.update].find(',
      },
      {
        file: 'controller/workspace-plugin/updates.ts',
        from: '!isRefused(update) && isCurrent(update, object)',
        to: 'isCurrent(update, object)',
      },
    ],
    ...{ row: undefined, file: 'unit/controller/workspace-plugin/visits-approved.test.ts' },
  },
  {
    name: 'credentials are repeated in an error',
    patches: [
      {
        file: 'lib/sources/redact.ts',
        from: 'ordered.reduce((hidden, secret) => hidden.replaceAll(secret, HIDDEN), text)',
        to: 'ordered.reduce((hidden, secret) => hidden.replace(`${secret} `, HIDDEN), text)',
      },
    ],
    ...{ row: 20, file: 'unit/sources/credentials.test.ts' },
  },
  {
    name: 'a ref that is gone is taken for a server that does not answer',
    patches: [
      {
        file: 'lib/sources/git-failure.ts',
        from: "new TransientError('RefNotFound',",
        to: "new TransientError('FetchFailed',",
      },
    ],
    ...{ row: 21, file: 'unit/sources/git-failure.test.ts' },
  },
];
