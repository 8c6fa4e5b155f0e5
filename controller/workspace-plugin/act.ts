// Carries out one plan for a WorkspacePlugin; every effect may be repeated without harm.
import { WORKSPACE_PLUGIN } from '../api/group.ts';
import { hold, release } from '../finalizer.ts';
import type { WorkspacePlugin } from '../api/workspace-plugin.ts';
import type { Plan } from './decide.ts';
import { finish, restartsOf } from './finish.ts';
import { homeOf } from './home.ts';
import { install, type InstallTools } from './install.ts';
import type { Observed } from './observed.ts';
import { attempt, type Attempt } from '../../lib/errors.ts';
import type { Cache } from '../../lib/kube/kube.ts';
import type { Change, Look } from '../../lib/target/target.ts';

/** What acting needs: contracts only. */
export interface ActTools extends InstallTools {
  readonly plugins: Cache<WorkspacePlugin>;
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
      await attempt(async () => forget(tools, object));
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
  return { change: made, finish: await finishAfter(tools, object, made.value.look, signal) };
}

/** What a visit before this one could not finish. */
async function finishFound(
  tools: ActTools,
  { object, place }: Observed,
  signal: AbortSignal,
): Promise<Effects> {
  if (place.state !== 'Reached') return UNTOUCHED;
  return { change: undefined, finish: await finishAfter(tools, object, place.look, signal) };
}

async function finishAfter(
  tools: ActTools,
  object: WorkspacePlugin,
  look: Look,
  signal: AbortSignal,
): Promise<Attempt<Look>> {
  const unfinished = { object, look, digest: look.plugin.manifestDigest };
  return attempt(async () => finish(await homeOf(tools, object), unfinished, signal));
}

/** The change was made, and nothing is due after it. */
function isDone({ change: made, finish: last }: Effects): boolean {
  return made?.ok === true && (last === undefined || (last.ok && last.value.plugin.todo === undefined));
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
