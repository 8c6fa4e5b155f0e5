// What stories about a revision on trial begin with: one release is approved, another is there, and a health check.
import type { WorkspacePlugin, WorkspacePluginStatus } from '../../../../controller/api/workspace-plugin.ts';
import type { Todo } from '../../../../lib/target/target.ts';
import { automatic, digestOf, tracking, withUpdate, type Modifier } from '../../builders.ts';
import { one, setUp, two } from './set-up.ts';

export const CHECKED = withUpdate({ healthCheck: { command: ['sh', '-c', 'exit 0'], timeout: '30s' } });

/** What the health check says when it fails. */
export const BAD = 'exit code 3: no such module';

/** The health check is still due after the change that put this content in place, or has failed. */
export function owing(seed: number, failure?: string): Todo {
  const failed = failure === undefined ? undefined : ({ step: 'HealthCheck', message: failure } as const);
  return { digest: digestOf(seed), reload: 'Restart', steps: ['HealthCheck'], failed };
}

/** Calls that change the workspace. */
export const EFFECTS = /^(install|restore|remove|settle|Restart|Proof|HealthCheck)/;

/** The first release is installed and approved; the second appears. What was done until then is forgotten. */
export async function withUpdateWaiting(...modifiers: Modifier<WorkspacePlugin>[]) {
  const stage = setUp(tracking('tag:latest'), automatic, CHECKED, ...modifiers);
  stage.source.refs.set('latest', one);
  await stage.visit();
  stage.source.refs.set('latest', two);
  stage.place.calls.length = 0;
  stage.world.kube.calls.length = 0;
  stage.world.events.length = 0;
  return { ...stage, effects: () => stage.place.calls.filter((call) => EFFECTS.test(call)) };
}

export const outcomes = (status: WorkspacePluginStatus) =>
  status.history?.map(({ outcome, reason }) => `${outcome} ${reason}`);
