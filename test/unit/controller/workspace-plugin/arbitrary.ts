// Random visits: every mixture of spec, record, workspace and source, plausible or not.
import fc from 'fast-check';
import type { WorkspacePlugin, WorkspacePluginStatus } from '../../../../controller/api/workspace-plugin.ts';
import { decide } from '../../../../controller/workspace-plugin/decide.ts';
import {
  isAnswered,
  type Candidate,
  type Observed,
  type Place,
} from '../../../../controller/workspace-plugin/observed.ts';
import type { Visit } from '../../../../controller/workspace-plugin/result.ts';
import type { Attempt, Failure } from '../../../../lib/errors.ts';
import type { Change, Look, LookedPlugin, Todo } from '../../../../lib/target/target.ts';
import {
  NOW,
  approving,
  candidate,
  digestOf,
  held,
  look,
  observed,
  paths,
  reached,
  rejecting,
  requested,
  resetting,
  snapshotOf,
  tracking,
  withIntegrity,
  withMetadata,
  withSpec,
  withStatus,
  withUpdate,
  workspacePlugin,
} from '../../builders.ts';

const seed = fc.integer({ min: 1, max: 3 });

const candidates: fc.Arbitrary<Candidate> = fc
  .record({ seed, content: seed, ref: fc.constantFrom('v1.1.0', 'v1.2.0', 'main') })
  .map(({ content, ref, ...one }) => candidate(one.seed, { digest: digestOf(content), ref }));

const failures: fc.Arbitrary<Failure> = fc.record({
  kind: fc.constantFrom('Transient', 'Permanent'),
  reason: fc.constantFrom(
    'FetchFailed',
    'NotPermitted',
    'Locked',
    'NotWritable',
    'WorkspaceGone',
    'Undocumented',
  ),
  message: fc.constant('it failed: mend it'),
});

function attempts<T>(value: fc.Arbitrary<T>): fc.Arbitrary<Attempt<T>> {
  return fc.oneof(
    { weight: 3, arbitrary: value.map((found) => ({ ok: true, value: found }) as const) },
    failures.map((failure) => ({ ok: false, failure }) as const),
  );
}

const failure = { step: 'HealthCheck', message: 'exit code 1' } as const;

const todos: fc.Arbitrary<Todo> = fc.record({
  digest: fc.oneof(seed.map(digestOf), fc.constant(undefined)),
  reload: fc.constantFrom('HotReload', 'Restart'),
  steps: fc.constantFrom<Todo['steps']>(['Restart', 'HealthCheck'], ['Restart'], ['HealthCheck']),
  failed: fc.constantFrom(undefined, undefined, failure),
});

const looks: fc.Arbitrary<LookedPlugin> = fc
  .record({
    content: candidates,
    state: fc.constantFrom('Absent', 'Unmarked', 'Marked', 'Marked', 'Marked', 'Foreign', 'MountPoint'),
    tampered: fc.constantFrom(paths(), paths(), paths('rules/a.md')),
    untracked: fc.constantFrom(paths(), paths('x.pyc')),
    kept: fc.array(candidates, { maxLength: 25 }),
    todo: fc.option(todos, { nil: undefined }),
  })
  .map(({ content, state, kept, ...found }) => {
    const snapshots = kept.map((one, index) => ({ ...snapshotOf(one), stamp: `stamp${index}` }));
    return state === 'Absent'
      ? look(undefined, { snapshots, todo: found.todo })
      : look(content, { ...found, state, snapshots });
  });

const places: fc.Arbitrary<Place> = fc.oneof(
  { weight: 4, arbitrary: looks.map(reached) },
  failures.map((failure) => ({ state: 'Unreachable', failure }) as const),
  fc.constantFrom<Place>({ state: 'NoWorkspace' }, { state: 'NotLooked' }, { state: 'WorkspaceSuspended' }),
);

const objects: fc.Arbitrary<WorkspacePlugin> = fc
  .record({
    pin: fc.constantFrom(undefined, 'v1.1.0'),
    track: fc.constantFrom('none', 'tag:latest', 'tag:v1.1.0', 'semver:^1', 'branch:main'),
    approval: fc.constantFrom('Manual', 'Automatic'),
    rules: fc.constantFrom<Partial<WorkspacePlugin['spec']['update']>>(
      {},
      {},
      { initialInstall: 'Manual' },
      { minimumAge: '480h' },
      { windows: [{ schedule: '0 2 * * *', duration: '2h', timeZone: 'Europe/Berlin' }] },
      { windows: [{ schedule: '0 2 30 2 *', duration: '2h', timeZone: 'UTC' }] },
    ),
    onFailure: fc.constantFrom('Rollback', 'Hold'),
    policy: fc.constantFrom('Repair', 'Report'),
    untracked: fc.constantFrom('Keep', 'Remove'),
    suspend: fc.constantFrom(false, false, true),
    approved: fc.option(candidates, { nil: undefined }),
    edited: fc.boolean(),
    isDeleted: fc.constantFrom(false, false, false, true),
    failures: fc.option(fc.integer({ min: 1, max: 1_000 }), { nil: undefined }),
    annotation: fc.constantFrom(undefined, 'now'),
    rejected: fc.uniqueArray(candidates, { maxLength: 2, selector: ({ revision }) => revision }),
    since: fc.constantFrom({}, { specHash: '00000000' }),
    reset: fc.constantFrom(undefined, undefined, 'now'),
  })
  .map((given) => {
    const { pin, track, approval, policy, untracked, suspend, approved } = given;
    const before: WorkspacePluginStatus =
      given.failures === undefined
        ? {}
        : { failures: given.failures, nextAttemptTime: '2026-05-08T14:20:00Z' };
    return workspacePlugin(
      tracking(track, pin),
      approved === undefined ? held : approving(approved, given.edited ? { path: 'other' } : {}),
      withStatus(before),
      withUpdate({ approval, onFailure: given.onFailure, ...given.rules }),
      withSpec({ suspend }),
      withIntegrity({ policy, untracked }),
      given.annotation === undefined ? held : requested(given.annotation),
      ...given.rejected.map((one) => rejecting(one, given.since)),
      given.reset === undefined ? held : resetting(given.reset),
      given.isDeleted ? withMetadata({ deletionTimestamp: '2026-05-08T14:00:00Z' }) : held,
    );
  });

/** A random visit's findings; as in `observe`, an answered question is not asked again. */
export const observations: fc.Arbitrary<Observed> = fc
  .record({
    object: objects,
    place: places,
    rival: fc.constantFrom(undefined, undefined, undefined, 'older'),
    wanted: fc.option(attempts(candidates), { nil: undefined }),
    upstream: fc.option(attempts(candidates), { nil: undefined }),
    found: fc.option(attempts(candidates), { nil: undefined }),
  })
  .map(({ object, ...found }) => {
    const unasked = isAnswered(object) ? { wanted: undefined, found: undefined } : {};
    return observed(object, { ...found, ...unasked });
  });

/** A random observation with what came of its plan, when the workspace did as it was told, or failed. */
export const visits: fc.Arbitrary<Visit> = fc
  .record({
    value: observations,
    failure: fc.option(failures, { nil: undefined }),
    todo: fc.option(todos, { nil: undefined }),
  })
  .map(({ value, failure, todo }) => {
    const plan = decide(value);
    const acted = { object: value.object, change: undefined, finish: undefined };
    switch (plan.kind) {
      case 'Nothing': {
        const object = plan.reason === 'Released' ? undefined : value.object;
        return { observed: value, plan, acted: { ...acted, object } };
      }
      case 'Install':
      case 'Withdraw': {
        const content = plan.kind === 'Install' ? candidate(1, plan.target) : undefined;
        const done = changed(content, content === undefined ? undefined : todo);
        const change: Attempt<Change> =
          failure === undefined ? { ok: true, value: done } : { ok: false, failure };
        return { observed: value, plan, acted: { ...acted, change } };
      }
      case 'Finish': {
        const found = { ...changed(candidate(1, plan.target), todo).look };
        const finish: Attempt<Look> =
          failure === undefined ? { ok: true, value: found } : { ok: false, failure };
        return { observed: value, plan, acted: { ...acted, finish } };
      }
      case 'Approve':
      case 'Reject':
      case 'Remove':
      case 'Release':
        return { observed: value, plan, acted };
    }
  });

function changed(content: Candidate | undefined, todo: Todo | undefined): Change {
  const owed = todo === undefined ? undefined : { ...todo, digest: look(content).manifestDigest };
  return {
    effect: content === undefined ? 'Removed' : 'Installed',
    swapMode: 'Exchange',
    uncleaned: [],
    look: { time: NOW, plugin: look(content, { todo: owed }) },
  };
}
