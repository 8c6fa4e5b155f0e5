// The text of --help, made from the table of flags.
import type { Flag } from './flags.ts';

export function helpText(flags: readonly Flag[]): string {
  const rows = flags.map((flag) => {
    const repeat = flag.repeatable === true ? ' (repeatable)' : '';
    const fallback = flag.fallback === '' ? '' : ` [${flag.fallback}]`;
    return `  --${flag.name}${repeat}\n      ${flag.help}${fallback}\n      environment: ${flag.environment}`;
  });
  return `workspace-plugin-controller keeps the plugins of AI-agent workspaces exactly as declared.

Usage: workspace-plugin-controller run [flags]

Commands:
  run       watch Workspaces and WorkspacePlugins, and make them so, until SIGTERM
  version   print the version

Flags (a flag outranks its environment variable; repeated values in a variable are separated by commas):
${rows.join('\n')}
`;
}
