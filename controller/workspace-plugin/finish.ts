// What follows a change in the workspace: the restart and the health check that it still owes.
import { parseDuration } from '../api/duration.ts';
import type { Workspace } from '../api/workspace.ts';
import type { WorkspacePlugin } from '../api/workspace-plugin.ts';
import type { Digest } from '../../lib/bundle/bundle.ts';
import type { Afterwards, Look, Step } from '../../lib/target/target.ts';
import type { Home } from './home.ts';
import { todoOf } from './rules/unfinished.ts';

/** @param isNew the content has not been approved yet: only then must it show that it works */
export function afterwardsOf(object: WorkspacePlugin, { spec }: Workspace, isNew: boolean): Afterwards {
  return {
    restart: restartsOf(spec) === 'WhenNeeded' && isNew ? 'Proven' : restartsOf(spec),
    healthCheck: isNew && object.spec.update.healthCheck !== undefined,
  };
}

export function restartsOf({ restartPolicy }: Workspace['spec']): 'WhenNeeded' | 'Never' {
  return restartPolicy === 'Never' ? 'Never' : 'WhenNeeded';
}

export interface Unfinished {
  readonly object: WorkspacePlugin;
  readonly look: Look;
  /** Of the content whose steps are done; undefined for a removal. */
  readonly digest: string | undefined;
}

/**
 * Does what is due, one step after the other, a step that has failed before once more.
 * Resolves to the plugin as found afterwards: with nothing due, or with a step that has failed.
 * @throws whatever the session throws
 */
export async function finish(
  home: Home,
  { object, look, digest }: Unfinished,
  signal: AbortSignal,
): Promise<Look> {
  let found = look;
  // Each step is tried once; one that others have settled meanwhile is gone.
  for (let tries = 0; tries < STEPS; tries += 1) {
    const step = dueStep(found, digest);
    if (step === undefined || (tries > 0 && found.plugin.todo?.failed !== undefined)) break;
    found = await take(home, { object, look: found, digest }, step, signal);
  }
  return found;
}

/** How many steps there can be: a restart may have to be proven instead. */
const STEPS = 3;

function dueStep({ plugin }: Look, digest: string | undefined): Step | undefined {
  const todo = digest === undefined ? plugin.todo : todoOf(plugin, digest);
  return todo?.steps[0];
}

/** What is no longer asked for is given up; what follows it is not. */
async function take(
  { session, workspace }: Home,
  { object, look, digest }: Unfinished,
  step: Step,
  signal: AbortSignal,
): Promise<Look> {
  const plugin = object.spec.pluginName;
  if (step === 'Restart') {
    if (restartsOf(workspace.spec) === 'Never') return session.settle({ plugin, step }, signal);
    const isStarted = look.plugin.todo?.isStarted === true;
    return isStarted ? session.prove({ plugin }, signal) : session.restart({ plugin }, signal);
  }
  const check = object.spec.update.healthCheck;
  const [program, ...args] = check?.command ?? [];
  if (check === undefined || program === undefined || digest === undefined) {
    return session.settle({ plugin, step }, signal);
  }
  const timeoutMs = parseDuration(check.timeout);
  return session.check({ plugin, digest: digest as Digest, command: [program, ...args], timeoutMs }, signal);
}
