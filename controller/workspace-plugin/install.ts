// Puts a revision in place: from a copy in the workspace where there is one, else from the source's content.
import type { WorkspacePlugin } from '../api/workspace-plugin.ts';
import { fetchContent, type ContentTools } from '../content.ts';
import type { Plan } from './decide.ts';
import { afterwardsOf } from './finish.ts';
import { homeOf, type HomeTools } from './home.ts';
import { questionOf, type Candidate, type Observed } from './observed.ts';
import { attempt, PermanentError, TransientError, type Failure } from '../../lib/errors.ts';
import type { Bundle, Digest } from '../../lib/bundle/bundle.ts';
import type { Change, Snapshot } from '../../lib/target/target.ts';

export type InstallTools = ContentTools & HomeTools;

/** @throws whatever the session and the source throw */
export async function install(
  tools: InstallTools,
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
  const isOther = plan.approves || plan.reason === 'UpdateFailed' || plan.reason === 'UpdateWithdrawn';
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
  tools: InstallTools,
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
