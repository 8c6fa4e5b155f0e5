// The text of --help, made from the table of flags.
import type { Command } from './config.ts';
import type { Flag } from './flags.ts';

const PURPOSE: Readonly<Record<Command, string>> = {
  run: 'watch Workspaces and WorkspacePlugins, and make them so, until SIGTERM',
  up: 'do that on one machine, with a Kubernetes API of its own that is started, or built, first',
};

/** Of one command, or of all. */
export function helpText(flags: readonly Flag[], about?: Command): string {
  const rows = flags
    .filter(({ only }) => about === undefined || only === undefined || only === about)
    .map((flag) => rowOf(flag, about));
  const commands = about === undefined ? OVERVIEW : `\n${about}: ${PURPOSE[about]}.${DETAILS[about]}\n`;
  return `workspace-plugin-controller keeps the plugins of AI-agent workspaces exactly as declared.

Usage: workspace-plugin-controller ${about ?? '<command>'} [flags]
${commands}
Flags (a flag outranks its environment variable; repeated values in a variable are separated by commas):
${rows.join('\n')}
`;
}

const OVERVIEW = `
Commands:
  run       ${PURPOSE.run}
  up        ${PURPOSE.up}
  version   print the version
`;

const DETAILS: Readonly<Record<Command, string>> = {
  run: '',
  up: `
Objects are kept in --data-dir, so that the next up finds them again. Here --host-namespace is * and --cache-dir is
below --data-dir unless they are given. It prints the kubeconfig to use; Ctrl-C or SIGTERM ends everything.`,
};

function rowOf({ name, environment, fallback, repeatable, only, help }: Flag, about?: Command): string {
  const repeat = repeatable === true ? ' (repeatable)' : '';
  const where = only === undefined || about !== undefined ? '' : ` (${only} only)`;
  const standard = fallback === '' ? '' : ` [${fallback}]`;
  return `  --${name}${repeat}${where}\n      ${help}${standard}\n      environment: ${environment}`;
}
