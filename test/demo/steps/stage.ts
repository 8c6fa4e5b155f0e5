// What every step of the story has at hand.
import type { GitServer } from '../../../lib/embedded/git-server.ts';
import type { Shell } from '../shell.ts';

export interface Stage {
  readonly shell: Shell;
  readonly gitServer: GitServer;
}

/**
 * Asks for a look now, as a person does who does not want to wait for the next interval, and waits for the answer.
 * @param plugins names of WorkspacePlugins
 */
export async function lookNow({ shell }: Stage, ...plugins: readonly string[]): Promise<void> {
  const time = new Date().toISOString();
  const which = `wsp ${plugins.join(' ')}`;
  await shell.run(`kubectl annotate ${which} --overwrite reconcile.plugins.molecule.ai/requestedAt=${time}`);
  await shell.quiet(
    `kubectl wait ${which} --for=jsonpath='{.status.lastHandledReconcileAt}'=${time} --timeout=60s`,
  );
}

/** The command that waits until this version of a plugin is installed. */
export function waitForVersion(plugin: string, version: string): string {
  return `kubectl wait --for=jsonpath='{.status.installed.version}'=${version} wsp/${plugin} --timeout=60s`;
}

/** When a container was started last. */
export async function startedAt({ shell }: Stage, container: string): Promise<string> {
  return shell.quiet(`docker inspect -f '{{.State.StartedAt}}' ${container}`);
}

/** Shows one line for each condition of a plugin, which must match every pattern. */
export async function showConditions(
  { shell }: Stage,
  plugin: string,
  ...patterns: readonly RegExp[]
): Promise<void> {
  const line = '{.type}={.status} {.reason}: {.message}{"\\n"}';
  await shell.run(
    `kubectl get wsp ${plugin} -o jsonpath='{range .status.conditions[*]}${line}{end}'`,
    ...patterns,
  );
}
