// Bugs put in on purpose, one for each way to be wrong, and the oracle that must find it in a story.
import type { StoryMutant } from './mutant.ts';

const UNREACHABLE = { sort: 'Transient', reason: 'WorkspaceUnreachable' } as const;

const SWAP = 'lib/target/swap.sh';
const ACT = 'controller/workspace-plugin/act.ts';
const DECIDE = 'controller/workspace-plugin/decide.ts';
const CONTROLLER = 'lib/reconcile/controller.ts';
const VISIT = 'this.#visits.set(key, begun);';

/** What is due is only done by the visit that has made the change. */
const FORGOTTEN: StoryMutant['patches'] = [
  {
    file: DECIDE,
    from: 'return isApproved || todoOf(look, target.digest) === undefined',
    to: "return isApproved || look.state !== 'Absent'",
  },
  {
    file: DECIDE,
    from: 'const isDue = todoOf(place.look.plugin, approved.digest) !== undefined;',
    to: 'const isDue = false;',
  },
];

export const MUTANTS: readonly StoryMutant[] = [
  {
    name: 'none: a bug is not found where there is none',
    patches: [{ file: ACT, from: 'export async function act(', to: 'export async function act(' }],
    story: 'repair',
    faults: [{ name: 'runtime.run install', occurrence: 1, disturbance: { kind: 'LoseReply' } }],
    caughtBy: undefined,
  },
  {
    name: 'the marker is written before the content',
    patches: [
      {
        file: SWAP,
        from: `exists "$1" || { try 'renaming the staged tree' mv -T ".staging/$2" "$1" && return; }`,
        to: `exists "$1" || { mkdir "$1" && cp ".staging/$2/.complete" ".staging/$2/.manifest" "$1" && sleep 0.2 &&
          cp -a ".staging/$2/." "$1" && rm -rf ".staging/$2" && return; }`,
      },
    ],
    ...{ story: 'install', faults: [], caughtBy: 'A' },
  },
  {
    name: 'an exchange is a deletion and a rename',
    patches: [
      {
        file: SWAP,
        from: 'codes=$(exchange_pairs $pairs)',
        to: 'codes=$(set -- $pairs && rm -rf "$1" && sleep 0.2 && mv -T "$2" "$1" && say 0)',
      },
    ],
    ...{ story: 'update', faults: [], caughtBy: 'A' },
  },
  {
    name: 'the finalizer goes before the clean-up',
    patches: [
      {
        file: ACT,
        from: 'const removed = await change(',
        to: 'await release(finalizer, object, signal); const removed = await change(',
      },
    ],
    story: 'delete',
    faults: [{ name: 'kube.patch workspaceplugins', occurrence: 1, disturbance: { kind: 'KillAfter' } }],
    caughtBy: 'A',
  },
  {
    name: 'a removal takes what it does not own',
    patches: [
      {
        file: SWAP,
        from: 'each_slot .previous "$1" discard_own',
        to: 'each_slot .previous "$1" discard_own; rm -rf ../skills',
      },
    ],
    ...{ story: 'delete', faults: [], caughtBy: 'C' },
  },
  {
    name: 'staging is not cleaned',
    patches: [{ file: SWAP, from: 'set -- .staging/.trash.*', to: 'set -- .staging/none' }],
    ...{ story: 'delete', faults: [], caughtBy: 'D' },
  },
  {
    name: 'a command outlives its answer',
    patches: [
      {
        file: 'lib/target/batch.sh',
        from: 'answer | tr',
        to: 'setsid sleep 60 >/dev/null 2>&1 & answer | tr',
      },
    ],
    ...{ story: 'install', faults: [], caughtBy: 'D' },
  },
  {
    name: 'the status is taken from a record instead of a look',
    patches: [
      {
        file: DECIDE,
        from: "if (look.state === 'Absent') return 'Missing';",
        to: "if (object.status?.installed?.digest === digest) return undefined; if (look.state === 'Absent') return 'Missing';",
      },
    ],
    ...{ story: 'repair', faults: [], caughtBy: 'E' },
  },
  {
    name: 'a retry installs twice',
    patches: [
      { file: 'lib/target/stage.sh', from: 'is_kept() {', to: 'is_kept() { return 1;' },
      {
        file: DECIDE,
        from: 'if (!isIntact(observed, look, target.digest)) return undefined;',
        to: 'return undefined;',
      },
    ],
    story: 'update',
    faults: [{ name: 'runtime.run install', occurrence: 1, disturbance: { kind: 'LoseReply' } }],
    caughtBy: 'E',
  },
  {
    name: 'every visit writes the status',
    patches: [
      {
        file: 'lib/reconcile/status.ts',
        from: 'return isEqual(withoutAbsent(object.status ?? {}), wanted) ? undefined : wanted;',
        to: 'return wanted;',
      },
    ],
    ...{ story: 'update', faults: [], caughtBy: 'E' },
  },
  {
    name: 'a failure is a rejection that nobody handles',
    patches: [
      {
        file: 'lib/errors.ts',
        from: 'if (error instanceof TransientError) {',
        to: 'if (error instanceof TransientError) { void Promise.reject(error);',
      },
    ],
    story: 'repair',
    faults: [{ name: 'runtime.probe', occurrence: 1, disturbance: { kind: 'Fail', error: UNREACHABLE } }],
    caughtBy: 'F',
  },
  {
    name: 'what is due after a swap is forgotten',
    patches: [
      {
        file: 'lib/target/todo.sh',
        from: 'is_due() { [ "$restart$check" != 00 ]; }',
        to: 'is_due() { false; }',
      },
    ],
    ...{ story: 'health', faults: [], caughtBy: 'E' },
  },
  {
    name: 'a change that needs a restart gets none',
    patches: [
      {
        file: 'lib/target/todo.sh',
        from: '[ "$reload$owes" != HotReload0 ] || restart=0',
        to: 'restart=0',
      },
    ],
    ...{ story: 'restart', faults: [], caughtBy: 'E' },
  },
  {
    name: 'the agent is told twice to start anew',
    patches: [
      {
        file: 'lib/target/restarts.ts',
        from: 'await this.#runtime.restart(new AbortController().signal);',
        to: 'for (let turn = 0; turn < 2; turn += 1) await this.#runtime.restart(new AbortController().signal);',
      },
    ],
    ...{ story: 'restart', faults: [], caughtBy: 'E' },
  },
  {
    name: 'a health check that failed counts as passed',
    patches: [{ file: 'lib/target/check.sh', from: 'case $status in\n    0)', to: 'case 0 in\n    0)' }],
    ...{ story: 'bad update', faults: [], caughtBy: 'E' },
  },
  {
    name: 'what failed is tried again',
    patches: [
      {
        file: 'controller/workspace-plugin/rules/rejected.ts',
        from: 'return rejectionsOf(object).find((rejection) => rejects(rejection, content));',
        to: 'return undefined;',
      },
    ],
    ...{ story: 'bad update', faults: [], caughtBy: 'E' },
  },
  {
    name: 'each visit asks another question',
    patches: [
      {
        file: 'controller/update-name.ts',
        from: 'toRevision, reset]);',
        to: 'toRevision, reset, Math.random()]);',
      },
    ],
    ...{ story: 'ask', faults: [], caughtBy: 'E' },
  },
  {
    name: 'the first effect comes before the finalizer',
    patches: [
      {
        file: ACT,
        from: "case 'Install': {\n      const held = await hold(finalizer, object, signal);",
        to: "case 'Install': {\n      const held = object;",
      },
    ],
    story: 'install',
    faults: [
      {
        ...{ name: 'runtime.run install', occurrence: 1 },
        disturbance: { kind: 'Hold', moment: 'Before', deed: 'Delete' },
      },
    ],
    caughtBy: 'A',
  },
  {
    name: 'a health check is forgotten after a crash',
    patches: FORGOTTEN,
    story: 'health',
    faults: [{ name: 'runtime.run install', occurrence: 1, disturbance: { kind: 'KillAfter' } }],
    caughtBy: 'E',
  },
  {
    name: 'a question whose answer was lost is asked again',
    patches: [
      {
        file: 'controller/update-name.ts',
        from: 'toRevision, reset]);',
        to: 'toRevision, reset, process.pid]);',
      },
    ],
    story: 'ask',
    faults: [{ name: 'kube.create pluginupdates', occurrence: 1, disturbance: { kind: 'KillAfter' } }],
    caughtBy: 'E',
  },
  {
    name: 'a restart that was done is not on record',
    patches: [
      {
        file: 'lib/target/todo.sh',
        from: 'if [ -z "$said" ]; then pass_step Restart;',
        to: 'if [ -z "$said" ]; then :;',
      },
    ],
    ...{ story: 'restart', faults: [], caughtBy: 'E' },
  },
  {
    name: 'a restart is forgotten after a crash',
    patches: FORGOTTEN,
    story: 'restart',
    faults: [{ name: 'runtime.run install', occurrence: 1, disturbance: { kind: 'KillAfter' } }],
    caughtBy: 'E',
  },
  {
    name: 'each visit leaves a descriptor open',
    patches: [
      {
        file: CONTROLLER,
        from: VISIT,
        to: `process.getBuiltinModule('node:fs').openSync('/dev/null'); ${VISIT}`,
      },
    ],
    ...{ story: 'update', faults: [], caughtBy: 'F' },
  },
  {
    name: 'each visit leaves a listener',
    patches: [
      { file: CONTROLLER, from: VISIT, to: `signal.addEventListener('abort', () => begun); ${VISIT}` },
    ],
    ...{ story: 'update', faults: [], caughtBy: 'F' },
  },
  {
    name: 'each visit leaves memory',
    patches: [
      {
        file: CONTROLLER,
        from: VISIT,
        to: `((globalThis as { kept?: Buffer[] }).kept ??= []).push(Buffer.alloc(4 * 2 ** 20, 1)); ${VISIT}`,
      },
    ],
    ...{ story: 'update', faults: [], caughtBy: 'F' },
  },
];
