// Carries out one plan for a WorkspacePlugin; every effect may be repeated without harm.
import { WORKSPACE_PLUGIN } from '../api/group.ts';
import { hold, release } from '../finalizer.ts';
import type { Workspace } from '../api/workspace.ts';
import type { WorkspacePlugin } from '../api/workspace-plugin.ts';
import type { Reach } from '../reach.ts';
import type { Plan } from './decide.ts';
import { fetchContent, type ContentTools } from '../content.ts';
import { afterwardsOf, finish, restartsOf, type Home } from './finish.ts';
import { questionOf, type Candidate, type Observed } from './observed.ts';
import { attempt, PermanentError, TransientError, type Attempt, type Failure } from '../../lib/errors.ts';
import type { Bundle, Digest } from '../../lib/bundle/bundle.ts';
import type { Cache } from '../../lib/kube/kube.ts';
import type { Change, Look, Snapshot } from '../../lib/target/target.ts';

/** What acting needs: contracts only. */
export interface ActTools extends ContentTools {
  readonly plugins: Cache<WorkspacePlugin>;
  readonly workspaces: Cache<Workspace>;
  readonly reach: Reach;
}

/** What came of it. */
export interface Acted {
  /** The object after our own writes; undefined once it is let go. */
  readonly object: WorkspacePlugin | undefined;
  /** Undefined where the workspace was not touched. */
  readonly change: Attempt<Change> | undefined;
  /** What became of the steps that were due afterwards, with the plugin as found then; undefined where none was tried. */
  readonly finish: Attempt<Look> | undefined;
}

export async function act(
  tools: ActTools,
  observed: Observed,
  plan: Plan,
  signal: AbortSignal,
): Promise<Acted> {
  const { object } = observed;
  const finalizer = { kube: tools.kube, cache: tools.plugins, resource: WORKSPACE_PLUGIN };
  switch (plan.kind) {
    case 'Nothing':
      return { object: plan.reason === 'Released' ? undefined : object, ...UNTOUCHED };
    case 'Reject':
      return { object, ...UNTOUCHED };
    case 'Approve':
      return { object: await hold(finalizer, object, signal), ...UNTOUCHED };
    case 'Install': {
      const held = await hold(finalizer, object, signal);
      return {
        object: held,
        ...(await change(tools, object, () => install(tools, observed, plan, signal), signal)),
      };
    }
    case 'Finish':
      return {
        object: await hold(finalizer, object, signal),
        ...(await finishFound(tools, observed, signal)),
      };
    case 'Withdraw':
      return { object, ...(await change(tools, object, () => remove(tools, object, signal), signal)) };
    case 'Remove': {
      const removed = await change(tools, object, () => remove(tools, object, signal), signal);
      if (!isDone(removed)) return { object, ...removed };
      await forget(tools, object);
      await release(finalizer, object, signal);
      return { object: undefined, ...removed };
    }
    case 'Release':
      // Nobody looks after it any more; where the workspace cannot be reached, its session ends by itself.
      if (plan.reason === 'Orphaned') await attempt(async () => forget(tools, object));
      await release(finalizer, object, signal);
      return { object: undefined, ...UNTOUCHED };
  }
}

type Effects = Pick<Acted, 'change' | 'finish'>;

const UNTOUCHED: Effects = { change: undefined, finish: undefined };

/** A change, and what is due after it: in one visit, so that nothing needs to be written in between. */
async function change(
  tools: ActTools,
  object: WorkspacePlugin,
  make: () => Promise<Change>,
  signal: AbortSignal,
): Promise<Effects> {
  const made = await attempt(make);
  if (!made.ok || made.value.look.plugin.todo === undefined) return { change: made, finish: undefined };
  const { look } = made.value;
  const unfinished = { object, look, digest: look.plugin.manifestDigest };
  return {
    change: made,
    finish: await attempt(async () => finish(await homeOf(tools, object), unfinished, signal)),
  };
}

/** What a visit before this one could not finish. */
async function finishFound(
  tools: ActTools,
  { object, place }: Observed,
  signal: AbortSignal,
): Promise<Effects> {
  if (place.state !== 'Reached') return UNTOUCHED;
  const { look } = place;
  const unfinished = { object, look, digest: look.plugin.manifestDigest };
  return {
    change: undefined,
    finish: await attempt(async () => finish(await homeOf(tools, object), unfinished, signal)),
  };
}

/** The change was made, and nothing is due after it. */
function isDone({ change: made, finish: last }: Effects): boolean {
  return made?.ok === true && (last === undefined || (last.ok && last.value.plugin.todo === undefined));
}

async function install(
  tools: ActTools,
  observed: Observed,
  plan: Plan & { kind: 'Install' },
  signal: AbortSignal,
): Promise<Change> {
  const { object } = observed;
  const { session, workspace } = await homeOf(tools, object);
  const digest = plan.target.digest as Digest;
  const common = {
    plugin: object.spec.pluginName,
    url: questionOf(object).url,
    previousLimit: object.spec.previousLimit,
    afterwards: afterwardsOf(object, workspace, plan.approves && digest !== object.status?.approved?.digest),
  };
  const { revision } = plan.target;
  const snapshot = snapshotOf(observed, digest);
  const version = plan.target.version === '' ? (snapshot?.marker?.version ?? '0.0.0') : plan.target.version;
  const restore = async () => session.restore({ ...common, digest, revision, version }, signal);
  // A snapshot holds what the plugin left in it, so it never mends a folder in which only that is too much.
  const mayRestore = snapshot !== undefined && !holdsOnlyMore(observed, digest);
  const isOther = plan.approves || plan.reason === 'UpdateFailed';
  const restoresFirst = mayRestore && isOther && plan.untracked === 'LeaveBehind';
  const restored = restoresFirst ? await restore().catch(unlessUnusable) : undefined;
  if (restored !== undefined) return restored;
  const content = await attempt(async () => contentOf(tools, object, plan.target, signal));
  if (content.ok) {
    return session.install({ ...common, bundle: content.value, untracked: plan.untracked }, signal);
  }
  // The source is down, but the workspace may still hold what is wanted.
  const tries = content.failure.kind === 'Transient' && mayRestore && !restoresFirst;
  return (tries ? await restore().catch(unlessUnusable) : undefined) ?? raise(content.failure);
}

function raise({ kind, reason, message, retryAfterMs }: Failure): never {
  if (kind === 'Permanent') throw new PermanentError(reason, message);
  throw new TransientError(reason, message, retryAfterMs === undefined ? {} : { retryAfterMs });
}

/** A snapshot that does not verify is no reason to give up: the content can be sent. */
function unlessUnusable(error: unknown): undefined {
  if (!(error instanceof TransientError && error.reason === 'SnapshotUnusable')) throw error;
}

function snapshotOf({ place }: Observed, digest: Digest): Snapshot | undefined {
  if (place.state !== 'Reached') return undefined;
  return place.look.plugin.snapshots.find((snapshot) => snapshot.digest === digest);
}

/** Every file of this digest is in place, and others beside them. */
function holdsOnlyMore({ place }: Observed, digest: Digest): boolean {
  if (place.state !== 'Reached') return false;
  const { state, manifestDigest, tampered } = place.look.plugin;
  return state === 'Marked' && manifestDigest === digest && tampered.count === 0;
}

async function contentOf(
  tools: ActTools,
  object: WorkspacePlugin,
  target: Candidate,
  signal: AbortSignal,
): Promise<Bundle> {
  const { source } = object.spec;
  const location = tools.sources.parse(source.url);
  const ref = target.time === undefined ? undefined : target.ref;
  const { revision } = target;
  const bundle = await fetchContent(tools, { object, location, revision, ref, signal });
  if (bundle.digest === target.digest) return bundle;
  throw new PermanentError(
    'InvalidContent',
    `revision ${target.revision} of ${source.url} holds ${bundle.digest} now, but ${target.digest} was approved: ` +
      'pin the revision that you trust in spec.source.url',
  );
}

async function remove(tools: ActTools, object: WorkspacePlugin, signal: AbortSignal): Promise<Change> {
  const { session, workspace } = await homeOf(tools, object);
  const { pluginName: plugin } = object.spec;
  return session.remove({ plugin, afterwards: { restart: restartsOf(workspace.spec) } }, signal);
}

async function forget(tools: ActTools, object: WorkspacePlugin): Promise<void> {
  const { session } = await homeOf(tools, object);
  session.forget(object.spec.pluginName);
}

async function homeOf(tools: ActTools, object: WorkspacePlugin): Promise<Home> {
  const { namespace } = object.metadata;
  const { name } = object.spec.workspaceRef;
  const workspace = tools.workspaces.get({ namespace, name });
  if (workspace === undefined) {
    throw new TransientError('WorkspaceUnreachable', `Workspace ${namespace}/${name} was deleted meanwhile`);
  }
  const { session } = await tools.reach(workspace);
  return { session, workspace };
}
