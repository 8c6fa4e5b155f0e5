// Tells an agent to start anew: a signal to the process whose id is in a file.
import { TransientError } from '../errors.ts';
import type { Command, CommandResult, ReloadSignal } from './runtime.ts';

/**
 * Run as the workspace's owner, so that what an agent writes into the file can reach nothing but its own processes. No file
 * and no such process mean that no agent runs: the next one starts with what is there.
 */
const SCRIPT = `
refuse() { printf %s "$1"; exit 3; }
[ -e "$1" ] || exit 0
[ -f "$1" ] || refuse 'is no file'
read -r pid rest <<END
$(head -c 64 "$1" 2>/dev/null | tr '\\000\\n' '  ')
END
case $pid in '' | *[!0-9]* | 0* | ???????????*) refuse 'holds no process id' ;; esac
[ "$pid" != 1 ] && [ "$pid" != "$3" ] || refuse 'names the controller or the first process of its machine'
kill -s "$2" "$pid" 2>/dev/null && exit 0
[ ! -d "/proc/$pid" ] || refuse "names process $pid, which the owner of the workspace may not signal"
`;

const TIMEOUT_MS = 10_000;

/** @throws TransientError `RestartFailed` with what stands in the way; whatever `run` throws */
export async function sendSignal(options: {
  /** As the command sees it. */
  readonly file: string;
  readonly name: ReloadSignal['signal'];
  readonly run: (command: Command) => Promise<CommandResult>;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { file, name, run, signal } = options;
  const argv = ['sh', '-c', SCRIPT, 'reload', file, name, String(process.pid)] as const;
  const { exitCode, stdout, stderr } = await run({ argv, stdin: nothing(), timeoutMs: TIMEOUT_MS, signal });
  if (exitCode === 0) return;
  const said =
    exitCode === 3 ? stdout.toString() : `cannot be read: ${stderr.toString().trim().slice(0, 200)}`;
  throw new TransientError('RestartFailed', `${name} could not be sent to the agent: ${file} ${said}`);
}

async function* nothing(): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(new Uint8Array());
}
